/** How a call's media travels: through the server (`SfuMedia`) or between the devices (`MeshMedia`). */
import type { ChatKittyError } from '../errors.js';
import type { CallMedia, CallSignal, TrackSource, User } from '../model.js';
import type { WebRtc } from '../options.js';
import type { RemoteStreams } from './remote-streams.js';
import type { MediaState } from './types.js';

/** What this device sends; null where there is nothing to send. */
export type LocalTracks = Record<TrackSource, MediaStreamTrack | null>;

export interface MediaPlane {
  /** Begins to connect. Like all methods here it never throws; what goes wrong is told to the context. */
  start(): void;
  handleSignal(signal: CallSignal): void;
  handleMedia(media: CallMedia): void;
  handleAccepted(user: User): void;
  handleLeft(user: User): void;
  /** Sends what is local now. */
  updateTracks(): void;
  /** The signalling connection is back. */
  handleOnline(): void;
  /** The server had given this device up and lets it in anew: connections of before are of no use. */
  restart(): void;
  /** Closes every connection; nothing is told to the context afterwards. */
  close(): void;
}

/** What a plane needs of its call. */
export interface MediaContext {
  readonly webrtc: WebRtc;
  readonly iceServers: RTCIceServer[];
  readonly remote: RemoteStreams;
  tracks(): LocalTracks;
  /** Stream of microphone and camera. */
  localStream(): MediaStream | null;
  /** Sends a signal; rejects when the server refuses it or does not answer. */
  signal(body: object): Promise<void>;
  isOnline(): boolean;
  stateChanged(state: MediaState): void;
  /** There will be no media in this call. */
  failed(error: ChatKittyError): void;
}
