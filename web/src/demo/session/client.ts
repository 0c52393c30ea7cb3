/** The one client of this page, made as soon as the server says with which key. */
import ChatKitty from 'whisker-client';
import { loadApiKey, serverAddress } from './config';

declare global {
  interface Window {
    /** For tests, and for whoever wants to try the client from the console. */
    __whisker?: ChatKitty;
  }
}

/** Rejects when the server does not answer; the next call tries again. */
export async function client(): Promise<ChatKitty> {
  return (window.__whisker ??= new ChatKitty({ apiKey: await loadApiKey(), ...serverAddress(location.href) }));
}
