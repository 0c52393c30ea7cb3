/**
 * One user session: the connection, the current user, and the user's topics.
 *
 * ```text
 *   CONNECTED ─▶ errors queue, open topics ─▶ user relay ─▶ (first time) user topics ─▶ started
 * ```
 *
 * Invariant: after `end` or a final loss nothing is open, and every promise has settled.
 */
import { ChatKittyError, ErrorName } from './errors.js';
import { guarded } from './emitter.js';
import { SESSION_START_TIMEOUT_MS } from './limits.js';
import { USER_TOPICS, type CurrentUser } from './model.js';
import { isReactNative, socketUrl, type ChatKittyConfiguration } from './options.js';
import { Connection } from './stomp/connection.js';
import { Pending } from './stomp/pending.js';
import { StompX } from './stomp/stompx.js';
import { base64 } from './text.js';
import { USER_AGENT } from './version.js';

const USER_RELAY = '/application/v1/user.relay';

export interface StartSessionRequest {
  username: string;
  /** Credentials for the server's authentication function; any JSON value. */
  authParams?: unknown;
}

/** @internal */
export interface SessionListener {
  onUser(user: CurrentUser): void;
  onOnline(): void;
  onOffline(): void;
  /** An event on one of the user's topics. */
  onEvent(type: string, resource: unknown): void;
  /** Refused for good after it had started. */
  onLost(reason: ChatKittyError): void;
}

/** @internal */
export class Session {
  readonly stompx: StompX;
  user: CurrentUser | null = null;
  private readonly connection: Connection;
  private readonly started: Pending<CurrentUser>;
  private lastLoss: ChatKittyError | null = null;
  private isLoading = false;

  constructor(
    configuration: ChatKittyConfiguration,
    request: StartSessionRequest,
    private readonly listener: SessionListener,
  ) {
    const late = new ChatKittyError(ErrorName.Timeout, 'the session did not start in time');
    this.started = new Pending(SESSION_START_TIMEOUT_MS, () => this.lastLoss ?? late, () => {});
    this.connection = new Connection(
      {
        url: socketUrl(configuration),
        headers: connectHeaders(request),
        binary: isReactNative(),
        webSocketFactory: configuration.webSocketFactory,
      },
      {
        onUp: () => this.up(),
        onDown: (reason, isFinal) => this.down(reason, isFinal),
        onMessage: (message) => this.stompx.handleMessage(message),
        onReceipt: (id) => this.stompx.handleReceipt(id),
      },
    );
    this.stompx = new StompX(this.connection);
  }

  start(): Promise<CurrentUser> {
    this.connection.open();
    return this.started.promise;
  }

  get isOnline(): boolean {
    return this.connection.isUp;
  }

  /** Ends it everywhere; resolves when the server knows, or after a short wait. */
  async end(): Promise<void> {
    this.settle(new ChatKittyError(ErrorName.NoActiveSession, 'the session has ended'));
    await this.connection.close();
  }

  private up(): void {
    this.stompx.resume();
    guarded(() => this.listener.onOnline());
    if (!this.isLoading) void this.load();
  }

  private down(reason: ChatKittyError, isFinal: boolean): void {
    this.lastLoss = reason;
    guarded(() => this.listener.onOffline());
    if (!isFinal) return;
    const hadStarted = this.user !== null;
    this.settle(reason);
    if (hadStarted) this.listener.onLost(reason);
  }

  private async load(): Promise<void> {
    this.isLoading = true;
    try {
      const user = await this.stompx.relay<CurrentUser>(USER_RELAY);
      const isFirst = this.user === null;
      this.user = user;
      if (isFirst) this.subscribe(user);
      guarded(() => this.listener.onUser(user));
      this.started.resolve(user);
    } catch (thrown) {
      this.started.reject(thrown);
    } finally {
      this.isLoading = false;
    }
  }

  private subscribe(user: CurrentUser): void {
    for (const key of USER_TOPICS) {
      const destination = user._topics[key];
      if (destination) this.stompx.subscribe(destination, (type, resource) => this.listener.onEvent(type, resource));
    }
  }

  private settle(reason: ChatKittyError): void {
    this.started.reject(reason);
    this.stompx.close(reason);
  }
}

function connectHeaders({ username, authParams }: StartSessionRequest): Record<string, string> {
  const headers: Record<string, string> = { 'StompX-User': username, 'StompX-User-Agent': USER_AGENT };
  if (authParams !== undefined) headers['StompX-Auth-Params'] = base64(JSON.stringify(authParams));
  return headers;
}
