/** Where the server is: the one this page came from, whatever path prefix it stands behind. */

export interface ServerAddress {
  /** Host, port and path prefix: `chat.example.org`, `example.org:8080/calls`. */
  host: string;
  isSecure: boolean;
}

/** Reads the address from the page's own: `https://example.org/calls/demo` → `example.org/calls`. Pure. */
export function serverAddress(page: string): ServerAddress {
  const base = new URL('.', page);
  return { host: base.host + base.pathname.replace(/\/$/, ''), isSecure: base.protocol === 'https:' };
}

/** The API key this page connects with. Rejects when the server does not answer or runs without the demo. */
export async function loadApiKey(): Promise<string> {
  const response = await fetch('demo/config.json');
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const { apiKey } = (await response.json()) as { apiKey?: unknown };
  if (typeof apiKey !== 'string') throw new Error('the server sent no API key');
  return apiKey;
}
