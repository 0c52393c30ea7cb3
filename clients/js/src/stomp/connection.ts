/**
 * One STOMP connection that comes back by itself.
 *
 * ```text
 *   open ─▶ attempt (a stompjs client of its own) ─▶ up ─▶ lost ─▶ pause ─▶ attempt …
 *                                                └─▶ refused for good ─▶ closed
 * ```
 *
 * Invariants
 * - At most one attempt is alive; frames of an attempt that was given up are ignored.
 * - After `close` nothing fires any more and no timer is left.
 */
import { Client, FrameImpl, Versions, type IMessage, type StompHeaders } from '@stomp/stompjs';
import { ACCESS_DENIED, ChatKittyError, ErrorName, parseError } from '../errors.js';
import { CONNECT_TIMEOUT_MS, HEARTBEAT_IN_MS, HEARTBEAT_OUT_MS, SESSION_END_TIMEOUT_MS } from '../limits.js';
import { reconnectDelay } from './backoff.js';

export interface ConnectionSettings {
  /** `ws:` or `wss:` address, with the API key. */
  url: string;
  /** CONNECT headers, without those of STOMP itself. */
  headers: StompHeaders;
  /** React Native: frames go out as binary, and incoming text loses its final NUL. */
  binary: boolean;
  webSocketFactory?: ((url: string, protocols: string[]) => WebSocket) | undefined;
}

export interface ConnectionListener {
  onUp(): void;
  /** Lost; an attempt to come back follows unless `isFinal`. */
  onDown(reason: ChatKittyError, isFinal: boolean): void;
  /** A MESSAGE of any subscription. */
  onMessage(message: IMessage): void;
  onReceipt(id: string): void;
}

export class Connection {
  private client: Client | null = null;
  /** Until the next attempt. */
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Until an attempt is given up. */
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private sessionId: string | undefined;
  private isClosed = false;
  private reason: ChatKittyError | null = null;
  private readonly retryNow = (): void => this.retry();

  constructor(
    private readonly settings: ConnectionSettings,
    private readonly listener: ConnectionListener,
  ) {}

  get isUp(): boolean {
    return this.client?.connected ?? false;
  }

  open(): void {
    globalThis.addEventListener?.('online', this.retryNow);
    this.connect();
  }

  /** A relay: the answer comes as a message of the subscription `id`; the library keeps no state for it. */
  relay(id: string, destination: string, parameters: StompHeaders): void {
    const headers = { ...parameters, id, destination };
    const frame = FrameImpl.marshall({ command: 'SUBSCRIBE', headers, escapeHeaderValues: true });
    const bytes = this.settings.binary && typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
    this.client?.webSocket?.send(bytes as string);
  }

  subscribe(destination: string, headers: StompHeaders): void {
    this.client?.subscribe(destination, (message) => this.listener.onMessage(message), headers);
  }

  unsubscribe(id: string, receipt: string): void {
    if (this.isUp) this.client?.unsubscribe(id, { receipt });
  }

  send(destination: string, receipt: string, body: string): void {
    const headers = { 'content-type': 'application/json;charset=UTF-8', receipt };
    this.client?.publish({ destination, headers, body });
  }

  /** Ends the session: DISCONNECT, its receipt or a short wait, then the socket. */
  async close(): Promise<void> {
    const client = this.shut();
    if (!client?.connected) {
      void client?.deactivate({ force: true });
      return;
    }
    const goodbye = client.deactivate();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SESSION_END_TIMEOUT_MS);
    });
    await Promise.race([goodbye, late]);
    clearTimeout(timer);
    client.forceDisconnect();
  }

  private shut(): Client | null {
    const client = this.client;
    this.isClosed = true;
    this.client = null;
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    globalThis.removeEventListener?.('online', this.retryNow);
    return client;
  }

  private connect(): void {
    const { url, binary, webSocketFactory } = this.settings;
    const open = webSocketFactory ?? ((address: string, protocols: string[]) => new WebSocket(address, protocols));
    let socket: WebSocket;
    try {
      socket = open(url, ['v12.stomp']);
    } catch (thrown) {
      this.reason = new ChatKittyError(ErrorName.Connection, thrown instanceof Error ? thrown.message : String(thrown));
      this.down();
      return;
    }
    const client = new Client({
      webSocketFactory: () => socket,
      connectHeaders: this.connectHeaders(),
      stompVersions: new Versions([Versions.V1_2]),
      reconnectDelay: 0,
      heartbeatIncoming: HEARTBEAT_IN_MS,
      heartbeatOutgoing: HEARTBEAT_OUT_MS,
      discardWebsocketOnCommFailure: true,
      forceBinaryWSFrames: binary,
      appendMissingNULLonIncoming: binary,
    });
    // What a given-up attempt still reports is nobody's business.
    const isCurrent = (): boolean => this.client === client;
    client.onConnect = (frame) => isCurrent() && this.up(frame.headers['session']);
    client.onUnhandledMessage = (message) => isCurrent() && this.listener.onMessage(message);
    client.onUnhandledReceipt = (frame) => isCurrent() && this.listener.onReceipt(frame.headers['receipt-id'] ?? '');
    client.onStompError = (frame) => {
      if (isCurrent()) this.reason = parseError(frame.body);
      client.forceDisconnect();
    };
    client.onWebSocketClose = () => isCurrent() && this.down();
    this.client = client;
    // Of our own: that of the STOMP client outlives an attempt that was given up.
    this.watchdog = setTimeout(() => client.forceDisconnect(), CONNECT_TIMEOUT_MS);
    client.activate();
  }

  private connectHeaders(): StompHeaders {
    const { headers } = this.settings;
    return this.sessionId ? { ...headers, 'StompX-Auth-Session-ID': this.sessionId } : { ...headers };
  }

  private up(session: string | undefined): void {
    clearTimeout(this.watchdog);
    this.attempt = 0;
    this.reason = null;
    this.sessionId = session;
    this.listener.onUp();
  }

  private down(): void {
    const reason = this.reason ?? new ChatKittyError(ErrorName.Connection, 'the server cannot be reached');
    const isFinal = reason.error === ACCESS_DENIED;
    clearTimeout(this.watchdog);
    void this.client?.deactivate({ force: true });
    this.client = null;
    this.reason = null;
    if (isFinal) {
      this.shut();
    } else {
      this.timer = setTimeout(this.retryNow, reconnectDelay(this.attempt));
      this.attempt += 1;
    }
    this.listener.onDown(reason, isFinal);
  }

  private retry(): void {
    if (this.isClosed || this.client) return;
    clearTimeout(this.timer);
    this.connect();
  }
}
