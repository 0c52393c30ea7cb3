/**
 * A server that speaks the protocol over a real WebSocket, and remembers every frame.
 *
 * Relays and actions answer as a test says; topics are confirmed, carriers carry `receipt-id`.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket as Socket, WebSocketServer } from 'ws';
import ChatKitty, { type ChatKittyOptions, type User } from '../../src/index.js';
import { formatFrame, parseFrame, type Frame } from './frame.js';
import { ANN, currentUser } from './resources.js';
import { until } from './until.js';

export interface Refusal {
  error: string;
  message?: string;
}

/** What follows the receipt of an action. */
export interface Result {
  topic: string;
  type: string;
  resource: unknown;
}

interface Connection {
  socket: Socket;
  subscriptions: Map<string, string>;
}

const ERRORS = '/user/queue/v1/errors';

export class FakeServer {
  readonly frames: Frame[] = [];
  /** Handshake URLs and subprotocols. */
  readonly handshakes: { url: string; protocol: string }[] = [];
  readonly relays = new Map<string, (frame: Frame) => unknown>();
  readonly actions = new Map<string, (body: any, frame: Frame) => Result | Refusal | void>();
  /** Topics that are refused. */
  readonly refused = new Map<string, Refusal>();
  /** Actions that are taken and not answered. */
  readonly silent = new Set<string>();
  /** Answers CONNECT; by default a new session. */
  greet: (frame: Frame) => { session: string } | Refusal | null = () => ({ session: `session-${this.frames.length}` });
  private readonly connections = new Set<Connection>();
  private messages = 0;

  private constructor(private readonly listener: WebSocketServer) {}

  static async start(user: User = ANN): Promise<FakeServer> {
    const listener = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: (offered) => (offered.has('v12.stomp') ? 'v12.stomp' : false) });
    await once(listener, 'listening');
    const server = new FakeServer(listener);
    listener.on('connection', (socket, request) => {
      server.handshakes.push({ url: request.url ?? '', protocol: socket.protocol });
      server.accept(socket);
    });
    server.relays.set('/application/v1/user.relay', () => currentUser(user));
    return server;
  }

  get host(): string {
    return `127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** A client of this server. */
  client(options: Partial<ChatKittyOptions> = {}): ChatKitty {
    const webSocketFactory = (url: string, protocols: string[]) => new Socket(url, protocols) as unknown as WebSocket;
    return new ChatKitty({ apiKey: 'key with spaces', host: this.host, isSecure: false, webSocketFactory, ...options });
  }

  /** Frames of a command, optionally of one destination. */
  sent(command: string, destination?: string): Frame[] {
    return this.frames.filter((frame) => frame.command === command && (!destination || frame.headers['destination'] === destination));
  }

  bodies(destination: string): any[] {
    return this.sent('SEND', destination).map(({ body }) => JSON.parse(body));
  }

  /** Is somebody subscribed? */
  hears(topic: string): boolean {
    return [...this.connections].some(({ subscriptions }) => [...subscriptions.values()].includes(topic));
  }

  /** Delivers an event to everybody who is subscribed. */
  emit(topic: string, type: string, resource: unknown, headers: Record<string, string> = {}): void {
    for (const connection of this.connections) this.deliver(connection, topic, type, resource, headers);
  }

  /** Waits until a frame was received. */
  async received(command: string, destination?: string, count = 1): Promise<Frame> {
    const frames = await until(`${count} × ${command} ${destination ?? ''} came`, () => {
      const found = this.sent(command, destination);
      return found.length >= count && found;
    });
    return frames[count - 1]!;
  }

  /** Breaks every connection. */
  drop(): void {
    for (const { socket } of this.connections) socket.terminate();
  }

  async stop(): Promise<void> {
    this.drop();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private accept(socket: Socket): void {
    const connection: Connection = { socket, subscriptions: new Map() };
    this.connections.add(connection);
    socket.on('close', () => this.connections.delete(connection));
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.trim() !== '') this.handle(connection, parseFrame(text));
    });
  }

  private handle(connection: Connection, frame: Frame): void {
    this.frames.push(frame);
    const { command, headers } = frame;
    if (command === 'CONNECT') this.connect(connection, frame);
    else if (command === 'SUBSCRIBE') this.subscribe(connection, frame);
    else if (command === 'SEND') this.act(connection, frame);
    else if (command === 'UNSUBSCRIBE') connection.subscriptions.delete(headers['id'] ?? '');
    if (command === 'UNSUBSCRIBE' || command === 'DISCONNECT') this.receipt(connection, frame);
  }

  private connect(connection: Connection, frame: Frame): void {
    const greeting = this.greet(frame);
    if (!greeting) return;
    if ('error' in greeting) {
      send(connection, { command: 'ERROR', headers: { message: greeting.error }, body: errorBody(greeting) });
      connection.socket.close();
    } else {
      send(connection, { command: 'CONNECTED', headers: { version: '1.2', 'heart-beat': '10000,60000', ...greeting }, body: '' });
    }
  }

  private subscribe(connection: Connection, frame: Frame): void {
    const { id = '', destination = '' } = frame.headers;
    const relay = this.relays.get(destination);
    const refusal = this.refused.get(destination);
    if (relay) {
      const resource = relay(frame);
      if (isRefusal(resource)) this.fail(connection, resource, { 'subscription-id': id });
      else if (resource !== undefined) this.message(connection, id, { destination }, { resource });
    } else if (refusal) {
      this.fail(connection, refusal, { 'subscription-id': id });
    } else if (frame.headers['receipt'] || frame.headers['ack'] || destination === ERRORS) {
      connection.subscriptions.set(id, destination);
      this.receipt(connection, frame);
    } else {
      this.fail(connection, { error: 'NotFoundError' }, { 'subscription-id': id });
    }
  }

  private act(connection: Connection, frame: Frame): void {
    const { destination = '', receipt = '' } = frame.headers;
    const result = this.actions.get(destination)?.(JSON.parse(frame.body), frame);
    if (this.silent.has(destination)) return;
    if (isRefusal(result)) {
      this.fail(connection, result, { 'receipt-id': receipt });
      return;
    }
    this.receipt(connection, frame);
    if (result) this.deliver(connection, result.topic, result.type, result.resource, { 'receipt-id': receipt });
  }

  private receipt(connection: Connection, { headers: { receipt } }: Frame): void {
    if (receipt) send(connection, { command: 'RECEIPT', headers: { 'receipt-id': receipt }, body: '' });
  }

  private fail(connection: Connection, refusal: Refusal, headers: Record<string, string>): void {
    for (const [id, destination] of connection.subscriptions) {
      if (destination === ERRORS) this.message(connection, id, { destination, ...headers }, JSON.parse(errorBody(refusal)));
    }
  }

  private deliver(connection: Connection, topic: string, type: string, resource: unknown, headers: Record<string, string>): void {
    for (const [id, destination] of connection.subscriptions) {
      if (destination !== topic) continue;
      this.message(connection, id, { destination, ack: `ack-${this.messages}`, ...headers }, { type, version: 'v1', resource });
    }
  }

  private message(connection: Connection, id: string, headers: Record<string, string>, body: unknown): void {
    this.messages += 1;
    const all = { subscription: id, 'message-id': `m-${this.messages}`, 'content-type': 'application/json', ...headers };
    send(connection, { command: 'MESSAGE', headers: all, body: JSON.stringify(body) });
  }
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'error' in value;
}

function errorBody({ error, message = error }: Refusal): string {
  return JSON.stringify({ error, message, timestamp: '2022-06-16T12:00:00.000Z' });
}

function send({ socket }: Connection, frame: Frame): void {
  if (socket.readyState === Socket.OPEN) socket.send(formatFrame(frame));
}
