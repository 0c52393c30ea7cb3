/**
 * The sections of a connection through the server: what this device sends, in fixed places, then what it receives.
 *
 * ```text
 *   0 microphone  1 camera  2 screen  3 screenAudio   sendonly, for good; without a track nothing is sent
 *   4 …                                               recvonly, alternating; more are added when the server asks
 * ```
 *
 * What is sent changes by `replaceTrack` only. Layers (simulcast) would be further encodings of the camera.
 */
import { CAMERA_MAX_BITRATE, MAX_RECEIVE_SECTIONS, SCREEN_MAX_BITRATE } from '../limits.js';
import type { TrackSource } from '../model.js';
import type { WebRtc } from '../options.js';
import type { LocalTracks } from './media-plane.js';

type Kind = 'audio' | 'video';

/** How many sections. */
export type Count = Record<Kind, number>;

interface Sending {
  source: TrackSource;
  kind: Kind;
  encodings?: RTCRtpEncodingParameters[];
}

const SENDING: Sending[] = [
  { source: 'microphone', kind: 'audio' },
  { source: 'camera', kind: 'video', encodings: [{ maxBitrate: CAMERA_MAX_BITRATE }] },
  { source: 'screen', kind: 'video', encodings: [{ maxBitrate: SCREEN_MAX_BITRATE }] },
  { source: 'screenAudio', kind: 'audio' },
];

/** Formats worth offering, best first: everybody decodes VP8, and each further one makes every section longer. */
const VIDEO_FORMATS = [/^video\/VP8$/i, /^video\/H264$/i, /^video\/VP9$/i, /^video\/rtx$/i];
/** Of H.264 and VP9 only the variants that everybody sends. */
const VIDEO_VARIANTS = /^(?!.*(packetization-mode=0|profile-id=[1-9]))/;

export class Sections {
  private readonly sending: { source: TrackSource; transceiver: RTCRtpTransceiver; track: MediaStreamTrack | null }[];
  private received: Count = { audio: 0, video: 0 };

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly webrtc: WebRtc,
  ) {
    this.sending = SENDING.map(({ source, kind, encodings }) => ({
      source,
      transceiver: this.add(kind, { direction: 'sendonly', ...(encodings && { sendEncodings: structuredCopy(encodings) }) }),
      track: null,
    }));
  }

  /** Adds receive sections, as far as there is room. Says whether there was. */
  addReceiving({ audio, video }: Count): boolean {
    const room = MAX_RECEIVE_SECTIONS - this.received.audio - this.received.video;
    const more: Count = { audio: Math.min(audio, room), video: Math.min(video, Math.max(0, room - audio)) };
    for (let index = 0; index < Math.max(more.audio, more.video); index += 1) {
      if (index < more.audio) this.add('audio', { direction: 'recvonly' });
      if (index < more.video) this.add('video', { direction: 'recvonly' });
    }
    this.received = { audio: this.received.audio + more.audio, video: this.received.video + more.video };
    return more.audio + more.video > 0;
  }

  /** Sends these tracks from now on. */
  send(tracks: LocalTracks): void {
    for (const section of this.sending) {
      const track = tracks[section.source];
      if (track === section.track) continue;
      section.track = track;
      section.transceiver.sender.replaceTrack(track).catch(() => {
        // The track ended, or the connection closed. The next change tries again.
        if (section.track === track) section.track = null;
      });
    }
  }

  /** What the sending sections carry, by `mid`; known once the offer is the local description. */
  get sources(): Record<string, TrackSource> {
    const named = this.sending.filter(({ transceiver }) => transceiver.mid !== null);
    return Object.fromEntries(named.map(({ source, transceiver }) => [transceiver.mid, source]));
  }

  /** The track a receive section plays. */
  trackOf(mid: string): MediaStreamTrack | null {
    const transceiver = this.connection.getTransceivers().find((candidate) => candidate.mid === mid);
    return transceiver?.receiver.track ?? null;
  }

  private add(kind: Kind, init: RTCRtpTransceiverInit): RTCRtpTransceiver {
    const transceiver = this.connection.addTransceiver(kind, init);
    if (kind === 'video') this.preferFormats(transceiver);
    return transceiver;
  }

  private preferFormats(transceiver: RTCRtpTransceiver): void {
    const { codecs } = this.webrtc.RTCRtpReceiver?.getCapabilities('video') ?? {};
    if (!codecs || !transceiver.setCodecPreferences) return;
    const preferred = VIDEO_FORMATS.flatMap((format) =>
      codecs.filter(({ mimeType, sdpFmtpLine = '' }) => format.test(mimeType) && VIDEO_VARIANTS.test(sdpFmtpLine)),
    );
    try {
      transceiver.setCodecPreferences(preferred);
    } catch {
      // A browser with other rules keeps its own order, which works too.
    }
  }
}

/** Browsers may fill in what they are given. */
function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
