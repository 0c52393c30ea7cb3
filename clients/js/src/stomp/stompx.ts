/**
 * The three primitives of the protocol on one connection: relays (ask), topics (listen), actions (do).
 *
 * ```text
 *   relay   SUBSCRIBE ─▶ one MESSAGE { resource }
 *   topic   SUBSCRIBE ─▶ RECEIPT, then MESSAGEs { type, resource }, each acknowledged after its handler ran
 *   action  SEND      ─▶ RECEIPT; for some also a topic MESSAGE with `receipt-id`, the result
 * ```
 *
 * Invariants
 * - Every promise settles: by the answer, by an error of the errors queue, by its timeout, or by `close`.
 * - After a reconnect everything still open is sent again, with the same ids and receipts, in the order: errors queue,
 *   topics, relays, actions. The server answers a repeated receipt with the first result.
 */
import type { IMessage } from '@stomp/stompjs';
import { ChatKittyError, ErrorName, parseError, toError } from '../errors.js';
import { guarded } from '../emitter.js';
import { ACTION_TIMEOUT_MS, MAX_GOODBYES, RELAY_TIMEOUT_MS, TOPIC_TIMEOUT_MS } from '../limits.js';
import { randomId } from '../text.js';
import type { Connection } from './connection.js';
import { Pending } from './pending.js';

const ERRORS_QUEUE = '/user/queue/v1/errors';

/** Values of relay parameters; `undefined` ones are left out. */
export type Parameters = Record<string, string | number | boolean | undefined>;

/** Called with the `type` and the `resource` of each event. */
export type TopicHandler = (type: string, resource: unknown) => void;

/** Called when the server refuses a subscription, be it after a reconnect: there will be no more events. */
export type RefusalHandler = (error: ChatKittyError) => void;

export interface Topic {
  /** Settles when the server confirmed the subscription, or refused it. */
  readonly ready: Promise<void>;
  unsubscribe(): void;
}

interface LiveTopic extends Topic {
  id: string;
  receipt: string;
  destination: string;
  handler: TopicHandler;
  refused: RefusalHandler;
  confirmed: Pending<void>;
}

/** A subscription that ended here, until the server confirms that it knows. */
interface Goodbye {
  id: string;
  destination: string;
}

interface Relay {
  destination: string;
  headers: Record<string, string>;
  pending: Pending<unknown>;
}

interface Action {
  destination: string;
  body: string;
  /** What settles it: the receipt, or the first result whose type is listed (an empty list: any). */
  results: string[] | null;
  isReceipted: boolean;
  pending: Pending<unknown>;
}

export class StompX {
  private readonly errorsId = `subscription-id-${randomId()}`;
  private readonly topics = new Map<string, LiveTopic>();
  private readonly relays = new Map<string, Relay>();
  private readonly actions = new Map<string, Action>();
  private readonly goodbyes = new Map<string, Goodbye>();
  private closedBy: ChatKittyError | null = null;

  constructor(private readonly connection: Connection) {}

  /** Sends everything that is open; call it after every CONNECTED. */
  resume(): void {
    this.connection.subscribe(ERRORS_QUEUE, { id: this.errorsId });
    for (const topic of this.topics.values()) this.sendTopic(topic);
    for (const [receipt, { id, destination }] of this.goodbyes) {
      // A session that was resumed still has the subscription, a new one does not: after this, neither has.
      this.connection.subscribe(destination, { id, ack: 'client-individual' });
      this.connection.unsubscribe(id, receipt);
    }
    for (const [id, relay] of this.relays) this.connection.relay(id, relay.destination, relay.headers);
    for (const [receipt, action] of this.actions) {
      if (!action.isReceipted) this.connection.send(action.destination, receipt, action.body);
    }
  }

  relay<T>(destination: string, parameters: Parameters = {}): Promise<T> {
    const id = `subscription-id-${randomId()}`;
    const present = Object.entries(parameters).filter(([, value]) => value !== undefined);
    const headers = Object.fromEntries(present.map(([name, value]) => [name, String(value)]));
    const pending = this.pending<unknown>(`no answer from ${destination}`, RELAY_TIMEOUT_MS, () => this.relays.delete(id));
    if (!pending.isSettled) {
      this.relays.set(id, { destination, headers, pending });
      if (this.connection.isUp) this.connection.relay(id, destination, headers);
    }
    return pending.promise as Promise<T>;
  }

  /** An action that is done when it is receipted. */
  async act(destination: string, body: object = {}): Promise<void> {
    await this.dispatch(destination, body, null);
  }

  /** An action with a result: the resource of the correlated event. */
  request<T>(destination: string, body: object = {}, types: string[] = []): Promise<T> {
    return this.dispatch(destination, body, types) as Promise<T>;
  }

  subscribe(destination: string, handler: TopicHandler, refused: RefusalHandler = () => {}): Topic {
    const id = `subscription-id-${randomId()}`;
    const receipt = `receipt-${randomId()}`;
    const confirmed = this.pending<void>(`${destination} was not confirmed`, TOPIC_TIMEOUT_MS, () => {});
    const unsubscribe = (): void => this.leave(topic);
    const topic: LiveTopic = { id, receipt, destination, handler, refused, confirmed, ready: confirmed.promise, unsubscribe };
    if (!confirmed.isSettled) {
      this.topics.set(id, topic);
      if (this.connection.isUp) this.sendTopic(topic);
    }
    return topic;
  }

  /** Settles everything that is open with `reason`; what comes later fails with it at once. */
  close(reason: ChatKittyError): void {
    this.closedBy = reason;
    for (const { pending } of [...this.relays.values(), ...this.actions.values()]) pending.reject(reason);
    for (const topic of this.topics.values()) topic.confirmed.reject(reason);
    this.topics.clear();
    this.goodbyes.clear();
  }

  handleReceipt(id: string): void {
    if (this.goodbyes.delete(id)) return;
    const action = this.actions.get(id);
    if (action) {
      action.isReceipted = true;
      if (!action.results) action.pending.resolve(undefined);
      return;
    }
    for (const topic of this.topics.values()) if (topic.receipt === id) topic.confirmed.resolve();
  }

  /** Never throws: an exception here would stop the STOMP parser for good. */
  handleMessage(message: IMessage): void {
    const id = message.headers['subscription'] ?? '';
    if (id === this.errorsId) {
      this.handleError(message);
      return;
    }
    const relay = this.relays.get(id);
    const topic = this.topics.get(id);
    if (!relay && !topic) return;
    const body = parseBody(message);
    if (body instanceof ChatKittyError) {
      relay?.pending.reject(body);
    } else if (relay) {
      relay.pending.resolve(body.resource);
    } else if (topic) {
      const type = String(body.type);
      this.correlate(message.headers['receipt-id'], type, body.resource);
      guarded(() => topic.handler(type, body.resource));
    }
    if (topic && this.connection.isUp) guarded(() => message.ack());
  }

  private leave(topic: LiveTopic): void {
    const { id, destination } = topic;
    if (!this.topics.delete(id)) return;
    topic.confirmed.reject(new ChatKittyError(ErrorName.CallCancelled, `${destination} was left`));
    const receipt = `receipt-${randomId()}`;
    this.goodbyes.set(receipt, { id, destination });
    const [oldest] = this.goodbyes.keys();
    if (this.goodbyes.size > MAX_GOODBYES && oldest) this.goodbyes.delete(oldest);
    this.connection.unsubscribe(id, receipt);
  }

  private sendTopic(topic: LiveTopic): void {
    const headers = { id: topic.id, receipt: topic.receipt, ack: 'client-individual' };
    this.connection.subscribe(topic.destination, headers);
  }

  private dispatch(destination: string, body: object, results: string[] | null): Promise<unknown> {
    const receipt = `receipt-${randomId()}`;
    const text = JSON.stringify(body);
    const forget = (): void => void this.actions.delete(receipt);
    const pending = this.pending<unknown>(`no answer from ${destination}`, ACTION_TIMEOUT_MS, forget);
    if (!pending.isSettled) {
      this.actions.set(receipt, { destination, body: text, results, isReceipted: false, pending });
      if (this.connection.isUp) this.connection.send(destination, receipt, text);
    }
    return pending.promise;
  }

  private correlate(receipt: string | undefined, type: string, resource: unknown): void {
    const action = receipt ? this.actions.get(receipt) : undefined;
    if (!action?.results) return;
    if (action.results.length === 0 || action.results.includes(type)) action.pending.resolve(resource);
  }

  private handleError(message: IMessage): void {
    const error = parseError(message.body);
    const { 'subscription-id': subscription, 'receipt-id': receipt } = message.headers;
    if (subscription) {
      this.relays.get(subscription)?.pending.reject(error);
      const topic = this.topics.get(subscription);
      this.topics.delete(subscription);
      topic?.confirmed.reject(error);
      if (topic) guarded(() => topic.refused(error));
    }
    if (receipt) this.actions.get(receipt)?.pending.reject(error);
    // An error that names nothing is about everything in flight.
    if (!subscription && !receipt) for (const { pending } of [...this.actions.values()]) pending.reject(error);
  }

  private pending<T>(late: string, timeout: number, forget: () => void): Pending<T> {
    const pending = new Pending<T>(timeout, () => new ChatKittyError(ErrorName.Timeout, late), forget);
    if (this.closedBy) pending.reject(this.closedBy);
    return pending;
  }
}

function parseBody(message: IMessage): { type?: unknown; resource?: unknown } | ChatKittyError {
  try {
    const body: unknown = JSON.parse(message.body);
    if (typeof body === 'object' && body !== null) return body;
    return new ChatKittyError(ErrorName.Unknown, 'the server sent something that is not an object');
  } catch (thrown) {
    return toError(thrown);
  }
}
