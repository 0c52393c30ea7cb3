/**
 * Media through the server: one connection, and what keeps it alive.
 *
 * ```text
 *   connecting ──▶ connected ──▶ interrupted ──3 s──▶ restarting ──▶ connected
 *       │              └──────── failed ────────────▶     │
 *       └─ too long, failed, forgotten ◀──────────────────┘
 *            └──▶ another connection: connecting     too often in a row: the call is given up
 * ```
 *
 * Losing the signalling connection alone changes nothing: media flows on. What has to be said waits until it is back.
 */
import { ChatKittyError, ErrorName, toError } from '../errors.js';
import { ICE_RESTART_AFTER_MS, MEDIA_CONNECT_TIMEOUT_MS, REJOIN_ATTEMPTS } from '../limits.js';
import type { CallMedia, CallSignal, User } from '../model.js';
import type { ConnectionState } from './connection-state.js';
import type { MediaContext, MediaPlane } from './media-plane.js';
import { OfferExchange } from './offer-exchange.js';
import { SfuPeer } from './sfu-peer.js';
import { Snapshots } from './snapshots.js';

type Phase = 'connecting' | 'connected' | 'interrupted' | 'restarting' | 'closed';

export class SfuMedia implements MediaPlane {
  private readonly exchange: OfferExchange;
  private readonly snapshots: Snapshots;
  private peer: SfuPeer | null = null;
  private phase: Phase = 'connecting';
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Connections in a row that were of no use. */
  private failures = 0;
  /** What has to be done as soon as the signalling connection is back. */
  private due: 'restart' | 'rejoin' | null = null;
  /** Sections the server asked for while an offer was in flight. */
  private wanted: CallMedia['wanted'] | null = null;

  constructor(private readonly context: MediaContext) {
    this.exchange = new OfferExchange(context);
    this.snapshots = new Snapshots(context.remote, (mid) => this.peer?.trackOf(mid) ?? null);
  }

  start(): void {
    this.context.stateChanged('connecting');
    this.connect();
  }

  handleSignal({ type, peer, payload }: CallSignal): void {
    // With a peer it is a signal between devices, which have no part in this call.
    if (type !== 'SEND_DESCRIPTION' || peer || !payload || !('sdp' in payload)) return;
    if (payload.type === 'answer') this.exchange.handleAnswer(payload.sdp);
  }

  handleMedia(media: CallMedia): void {
    if (!this.snapshots.take(media)) return;
    this.wanted = media.wanted;
    // An offer in flight may have them.
    if (!this.peer?.isBusy) this.grow();
  }

  handleAccepted(user: User): void {
    this.snapshots.handleBack(user);
  }

  handleLeft(user: User): void {
    this.snapshots.handleLeft(user);
  }

  updateTracks(): void {
    this.peer?.send(this.context.tracks());
  }

  handleOnline(): void {
    const { due } = this;
    this.due = null;
    this.snapshots.handleGap();
    if (due === 'rejoin') this.rejoin();
    else if (due === 'restart' || this.phase === 'interrupted') this.renew();
    this.exchange.handleOnline();
  }

  restart(): void {
    this.rejoin();
  }

  close(): void {
    this.phase = 'closed';
    clearTimeout(this.timer);
    this.peer?.close();
    this.peer = null;
  }

  private connect(): void {
    this.phase = 'connecting';
    this.snapshots.restart();
    this.wanted = null;
    try {
      const peer: SfuPeer = new SfuPeer(this.context.webrtc, this.context.iceServers, this.exchange, {
        onState: (state) => this.handleState(peer, state),
        onAnswer: (isForgotten) => this.handleAnswer(peer, isForgotten),
        onFailure: (thrown) => this.handleFailure(peer, thrown),
      });
      this.peer = peer;
      peer.send(this.context.tracks());
      peer.offer();
    } catch (thrown) {
      this.giveUp(toError(thrown));
    }
  }

  private handleAnswer(peer: SfuPeer, isForgotten: boolean): void {
    if (peer !== this.peer) return;
    if (isForgotten) {
      this.rejoin();
      return;
    }
    const early = this.snapshots.start();
    if (early) this.wanted = early.wanted;
    this.grow();
    if (this.phase === 'connecting' || this.phase === 'restarting') this.after(MEDIA_CONNECT_TIMEOUT_MS, () => this.rejoin());
  }

  private handleState(peer: SfuPeer, state: ConnectionState): void {
    if (peer !== this.peer) return;
    if (state === 'connected') {
      this.phase = 'connected';
      this.failures = 0;
      this.due = null;
      clearTimeout(this.timer);
      this.context.stateChanged('connected');
    } else if (state === 'disconnected' && this.phase === 'connected') {
      this.phase = 'interrupted';
      this.context.stateChanged('reconnecting');
      this.after(ICE_RESTART_AFTER_MS, () => this.renew());
    } else if (state === 'failed') {
      if (this.phase === 'connected' || this.phase === 'interrupted') this.renew();
      else this.rejoin();
    }
  }

  private handleFailure(peer: SfuPeer, thrown: unknown): void {
    if (peer !== this.peer) return;
    // The server will not have it, or this browser cannot use what it said: then another connection might.
    if (thrown instanceof ChatKittyError) this.giveUp(thrown);
    else this.rejoin(toError(thrown));
  }

  /** Looks for another path with the same connection. */
  private renew(): void {
    this.phase = 'restarting';
    this.context.stateChanged('reconnecting');
    clearTimeout(this.timer);
    if (this.context.isOnline()) this.peer?.offer('restart');
    else this.due = 'restart';
  }

  /** Makes another connection, which the server puts in the place of the one before. */
  private rejoin(reason = new ChatKittyError(ErrorName.MediaFailed, 'media could not be connected')): void {
    clearTimeout(this.timer);
    if (!this.context.isOnline()) {
      this.due = 'rejoin';
      return;
    }
    this.failures += 1;
    if (this.failures > REJOIN_ATTEMPTS) {
      this.giveUp(reason);
      return;
    }
    this.context.stateChanged('reconnecting');
    this.peer?.close();
    this.peer = null;
    this.connect();
  }

  private giveUp(error: ChatKittyError): void {
    this.close();
    this.context.failed(error);
  }

  /** Adds the sections that the server asked for last. */
  private grow(): void {
    const { wanted } = this;
    this.wanted = null;
    if (wanted && wanted.audio + wanted.video > 0) this.peer?.grow(wanted);
  }

  private after(time: number, run: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(run, time);
  }
}
