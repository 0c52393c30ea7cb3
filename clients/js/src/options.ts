/** What an application configures. */
import { ChatKittyError, ErrorName } from './errors.js';

/** The WebRTC of this environment. Browsers have it; React Native injects `react-native-webrtc`. */
export interface WebRtc {
  RTCPeerConnection: typeof RTCPeerConnection;
  RTCSessionDescription?: typeof RTCSessionDescription;
  RTCIceCandidate?: typeof RTCIceCandidate;
  RTCRtpReceiver?: Pick<typeof RTCRtpReceiver, 'getCapabilities'>;
  MediaStream: typeof MediaStream;
  mediaDevices: MediaDevices;
}

export interface ChatKittyOptions {
  /** Host of the server, with port and path prefix if any: `chat.example.org:8080`. Default: `localhost:8080`. */
  host?: string;
  /** TLS: `wss:` instead of `ws:`. Default: true, except for the default host. */
  isSecure?: boolean;
  /** React Native: `import * as webrtc from 'react-native-webrtc'`. */
  webrtc?: Partial<WebRtc> | undefined;
  /** STUN and TURN servers. Calls between devices (`p2p`) need them across networks; the server itself is reachable. */
  iceServers?: RTCIceServer[];
  /** Makes the sockets; for environments without a global `WebSocket`. */
  webSocketFactory?: (url: string, protocols: string[]) => WebSocket;
}

export interface ChatKittyConfiguration extends ChatKittyOptions {
  apiKey: string;
}

/** Where a server listens that was just started on this machine. */
export const DEFAULT_HOST = 'localhost:8080';

export function socketUrl({ apiKey, host, isSecure }: ChatKittyConfiguration): string {
  const scheme = (isSecure ?? host !== undefined) ? 'wss' : 'ws';
  return `${scheme}://${host ?? DEFAULT_HOST}/rtm/websocket?api-key=${encodeURIComponent(apiKey)}`;
}

export function isReactNative(): boolean {
  return globalThis.navigator?.product === 'ReactNative';
}

/** The injected WebRTC, completed with that of the environment. */
export function findWebRtc(injected: Partial<WebRtc> = {}): WebRtc {
  const own = globalThis as unknown as Partial<WebRtc>;
  const found = {
    RTCPeerConnection: injected.RTCPeerConnection ?? own.RTCPeerConnection,
    RTCSessionDescription: injected.RTCSessionDescription ?? own.RTCSessionDescription,
    RTCIceCandidate: injected.RTCIceCandidate ?? own.RTCIceCandidate,
    RTCRtpReceiver: injected.RTCRtpReceiver ?? own.RTCRtpReceiver,
    MediaStream: injected.MediaStream ?? own.MediaStream,
    mediaDevices: injected.mediaDevices ?? globalThis.navigator?.mediaDevices,
  };
  if (!found.RTCPeerConnection || !found.MediaStream) {
    throw new ChatKittyError(ErrorName.MediaUnavailable, 'there is no WebRTC here; pass the `webrtc` option');
  }
  return found as WebRtc;
}
