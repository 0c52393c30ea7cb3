/**
 * This device's part in one call.
 *
 * ```text
 *   join ─▶ topics, ready, media ─▶ receipts ─▶ joined ─▶ leave      by the application
 *                                     └────────────────▶ ended      by the server, or because there is no media
 * ```
 *
 * Frames are processed in order, so topics, `ready` and the first offer leave without waiting for each other.
 *
 * Invariant: after it is over, nothing of it is subscribed, connected or awaited.
 */
import { ChatKittyError, ErrorName, toError } from '../errors.js';
import type { Call, CallMedia, CallSignal, User, UserMediaSettings } from '../model.js';
import { deferred } from '../stomp/deferred.js';
import type { StompX, Topic, TopicHandler } from '../stomp/stompx.js';
import type { CallEvents } from './events.js';
import type { MediaPlane } from './media-plane.js';

export interface CallSessionHost {
  readonly stompx: StompX;
  /** The current user. */
  readonly userId: number;
  readonly events: CallEvents;
  /** Makes the media of a call; throws where there is no WebRTC. */
  makePlane(session: CallSession): MediaPlane;
  /** It is over, for whatever reason. */
  onOver(session: CallSession): void;
}

export class CallSession {
  isJoined = false;
  isOver = false;
  private readonly topics: Topic[] = [];
  private readonly over = deferred<never>();
  private plane: MediaPlane | null = null;
  private joined: Promise<Call> | null = null;

  constructor(
    /** The call, as last seen. */
    public call: Call,
    private readonly host: CallSessionHost,
  ) {
    // Only `join` waits for it.
    this.over.promise.catch(() => {});
  }

  /** Resolves when the server counts this device in. */
  join(): Promise<Call> {
    this.joined ??= this.begin();
    return this.joined;
  }

  leave(): void {
    this.finish(new ChatKittyError(ErrorName.CallCancelled, 'the call was left'));
  }

  /** The call is over, as the server or a failure says. */
  end(call: Call, reason = new ChatKittyError(ErrorName.CallEnded, 'the call is over')): void {
    if (this.isOver) return;
    this.call = call;
    this.finish(reason);
    this.host.events.ended.emit(call);
  }

  updateTracks(): void {
    this.plane?.updateTracks();
  }

  /** The signalling connection is back: is the call still there, and does it count this device in? */
  handleOnline(): void {
    this.plane?.handleOnline();
    void this.verify();
  }

  private async begin(): Promise<Call> {
    try {
      this.plane = this.host.makePlane(this);
      const ready = this.enter();
      this.plane.start();
      await Promise.race([ready, this.over.promise]);
      this.isJoined = true;
      return this.call;
    } catch (thrown) {
      this.finish(toError(thrown));
      throw thrown;
    }
  }

  private enter(): Promise<unknown> {
    const { _topics, _actions } = this.call;
    const self = this.subscribe(_topics.self, (type, resource) => this.handleSelf(type, resource as Call));
    this.subscribe(_topics.participants, (type, resource) => this.handleParticipant(type, resource as User));
    this.subscribe(_topics.userMediaSettings, (type, resource) => {
      if (type === 'call.user_media_settings.updated') this.host.events.settingsUpdated.emit(resource as UserMediaSettings);
    });
    this.subscribe(_topics.signals, (type, resource) => {
      if (type === 'call.signal.created') this.plane?.handleSignal(resource as CallSignal);
    });
    if (!this.call.p2p && _topics.media) {
      this.subscribe(_topics.media, (type, resource) => {
        if (type === 'call.media.updated') this.plane?.handleMedia(resource as CallMedia);
      });
    }
    return Promise.all([self.ready, this.host.stompx.act(_actions.ready)]);
  }

  private subscribe(destination: string, handler: TopicHandler): Topic {
    const handle: TopicHandler = (type, resource) => {
      if (!this.isOver) handler(type, resource);
    };
    const topic = this.host.stompx.subscribe(destination, handle, (error) => this.handleRefusal(error));
    this.topics.push(topic);
    return topic;
  }

  /** A topic that was there before is refused after a reconnect: the server no longer has us in this call. */
  private handleRefusal(error: ChatKittyError): void {
    if (this.isJoined) this.end(this.call, error);
  }

  private handleSelf(type: string, call: Call): void {
    if (type === 'call.self.ended') this.end(call);
    else if (type === 'call.self.active') this.call = call;
  }

  private handleParticipant(type: string, user: User): void {
    const { events } = this.host;
    if (type === 'call.participant.accepted') {
      this.plane?.handleAccepted(user);
      events.accepted.emit(user);
    } else if (type === 'call.participant.declined') {
      events.rejected.emit(user);
    } else if (type === 'call.participant.left') {
      this.plane?.handleLeft(user);
      events.left.emit(user);
    }
  }

  private async verify(): Promise<void> {
    try {
      const call = await this.host.stompx.relay<Call>(this.call._relays.self);
      if (this.isOver) return;
      if (call.state === 'ENDED') {
        this.end(call);
        return;
      }
      this.call = call;
      if (this.isJoined && !this.isCountedIn(call)) await this.reenter();
    } catch (thrown) {
      const error = toError(thrown);
      // Other failures pass, or show themselves on the topics.
      if (error.error === 'NotFoundError') this.end(this.call, error);
    }
  }

  private isCountedIn({ participants }: Call): boolean {
    const own = participants?.find(({ userId }) => userId === this.host.userId);
    return !own || own.outcome === 'ACCEPTED';
  }

  /** The server gave this device up while it was away, and the call goes on. */
  private async reenter(): Promise<void> {
    const ready = this.host.stompx.act(this.call._actions.ready);
    this.plane?.restart();
    try {
      await ready;
    } catch (thrown) {
      this.end(this.call, toError(thrown));
    }
  }

  private finish(reason: ChatKittyError): void {
    if (this.isOver) return;
    this.isOver = true;
    this.over.reject(reason);
    this.plane?.close();
    // `self` last: leaving it is leaving the call.
    for (const topic of this.topics.reverse()) topic.unsubscribe();
    this.host.onOver(this);
  }
}
