/**
 * One peer connection to the server, from its first offer to its end.
 *
 * Invariant: at most one offer is in flight; wishes that come meanwhile become one further offer.
 */
import { SPARE_AUDIO_SECTIONS, SPARE_VIDEO_SECTIONS } from '../limits.js';
import type { WebRtc } from '../options.js';
import { watchConnection, type ConnectionState } from './connection-state.js';
import type { LocalTracks } from './media-plane.js';
import { OfferExchange } from './offer-exchange.js';
import { versionOf, withSilence } from './sdp.js';
import { Sections, type Count } from './sections.js';

export interface SfuPeerListener {
  onState(state: ConnectionState): void;
  /** An answer is in force. `isForgotten`: it is of a server that does not know this connection any more. */
  onAnswer(isForgotten: boolean): void;
  /** An offer could not be made, or got no usable answer. */
  onFailure(thrown: unknown): void;
}

export class SfuPeer {
  /** Has the server answered at all? */
  isAnswered = false;
  private readonly connection: RTCPeerConnection;
  private readonly sections: Sections;
  private wish: 'offer' | 'restart' | null = null;
  private isNegotiating = false;
  private isClosed = false;
  private version = 0;

  constructor(
    private readonly webrtc: WebRtc,
    iceServers: RTCIceServer[],
    private readonly exchange: OfferExchange,
    private readonly listener: SfuPeerListener,
  ) {
    this.connection = new webrtc.RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    watchConnection(this.connection, (state) => !this.isClosed && listener.onState(state));
    this.sections = new Sections(this.connection, webrtc);
    this.sections.addReceiving({ audio: SPARE_AUDIO_SECTIONS, video: SPARE_VIDEO_SECTIONS });
  }

  /** Is an offer in flight, or its answer being applied? */
  get isBusy(): boolean {
    return this.isNegotiating;
  }

  /** Offers what there is; with `restart` also new paths. */
  offer(restart: 'restart' | 'offer' = 'offer'): void {
    if (this.wish !== 'restart') this.wish = restart;
    if (!this.isNegotiating) void this.negotiate();
  }

  /** Adds receive sections and offers them. */
  grow(count: Count): void {
    if (this.sections.addReceiving(count)) this.offer();
  }

  send(tracks: LocalTracks): void {
    this.sections.send(tracks);
  }

  trackOf(mid: string): MediaStreamTrack | null {
    return this.sections.trackOf(mid);
  }

  close(): void {
    this.isClosed = true;
    this.exchange.abandon();
    this.connection.close();
  }

  private async negotiate(): Promise<void> {
    this.isNegotiating = true;
    try {
      while (this.wish && !this.isClosed) {
        const iceRestart = this.wish === 'restart';
        this.wish = null;
        const offer = await this.describe(iceRestart);
        if (this.isClosed) return;
        const answer = await this.exchange.ask(offer);
        await this.apply(answer);
        if (this.isClosed) return;
        const version = versionOf(answer);
        const isForgotten = this.isAnswered && version !== null && version <= this.version;
        this.version = version ?? 0;
        this.isAnswered = true;
        this.listener.onAnswer(isForgotten);
      }
    } catch (thrown) {
      if (!this.isClosed) this.listener.onFailure(thrown);
    } finally {
      this.isNegotiating = false;
    }
  }

  private async describe(iceRestart: boolean): Promise<object> {
    const offer = await this.connection.createOffer({ iceRestart });
    await this.connection.setLocalDescription(offer);
    const sdp = this.connection.localDescription?.sdp ?? offer.sdp;
    return { type: 'offer', sdp, sources: this.sections.sources };
  }

  private async apply(answer: string): Promise<void> {
    const description = { type: 'answer', sdp: withSilence(answer) } as const;
    const { RTCSessionDescription: Description } = this.webrtc;
    await this.connection.setRemoteDescription(Description ? new Description(description) : description);
  }
}
