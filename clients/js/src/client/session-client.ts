/** The part of the client that starts and ends sessions and knows the current user. */
import { ChatKittyError, ErrorName } from '../errors.js';
import { Emitter, type Observer, type Unsubscribe } from '../emitter.js';
import type { CurrentUser } from '../model.js';
import type { ChatKittyConfiguration } from '../options.js';
import { resultOf, type ChatKittyResult, type Succeeded } from '../results.js';
import { Session, type StartSessionRequest } from '../session.js';
import type { StompX } from '../stomp/stompx.js';

export type { StartSessionRequest } from '../session.js';

export interface UserSession {
  user: CurrentUser;
}

export type StartedSessionResult = Succeeded<{ session: UserSession }>;
export type StartSessionResult = ChatKittyResult<{ session: UserSession }>;
export type GetCurrentUserResult = ChatKittyResult<{ user: CurrentUser }>;
export type UpdatedCurrentUserResult = Succeeded<{ user: CurrentUser }>;

export class SessionClient {
  private session: Session | null = null;
  private readonly events = new Map<string, Emitter<[unknown]>>();
  private readonly userChanged = new Emitter<[CurrentUser | null]>();
  private readonly wentOnline = new Emitter<[]>();
  private readonly wentOffline = new Emitter<[]>();
  private readonly sessionEnded = new Emitter<[]>();

  constructor(protected readonly configuration: ChatKittyConfiguration) {}

  /** The user of the running session, as last seen. */
  get currentUser(): CurrentUser | undefined {
    return this.session?.user ?? undefined;
  }

  /** Is the connection up at this moment? It comes back by itself. */
  get isOnline(): boolean {
    return this.session?.isOnline ?? false;
  }

  startSession(request: StartSessionRequest): Promise<StartSessionResult> {
    return resultOf(async () => {
      if (this.session) throw new ChatKittyError(ErrorName.SessionActive, 'a session is already active');
      const session: Session = new Session(this.configuration, request, {
        onUser: (user) => this.userChanged.emit(user),
        onOnline: () => this.wentOnline.emit(),
        onOffline: () => this.wentOffline.emit(),
        onEvent: (type, resource) => this.events.get(type)?.emit(resource),
        onLost: () => this.over(session),
      });
      this.session = session;
      try {
        return { session: { user: await session.start() } };
      } catch (thrown) {
        if (this.session === session) this.session = null;
        await session.end();
        throw thrown;
      }
    });
  }

  /** Ends the session: calls are left, others see the user go. Resolves when the server knows. */
  async endSession(): Promise<void> {
    const session = this.session;
    if (!session) return;
    this.over(session);
    await session.end();
  }

  getCurrentUser(): Promise<GetCurrentUserResult> {
    return resultOf(async () => ({ user: await this.stompx().relay<CurrentUser>(this.user()._relays.self) }));
  }

  /** Applies a change to the current user: `updateCurrentUser((user) => ({ ...user, displayName: 'Jane' }))`. */
  updateCurrentUser(
    update: (user: CurrentUser) => CurrentUser | Promise<CurrentUser>,
  ): Promise<ChatKittyResult<{ user: CurrentUser }>> {
    return resultOf(async () => {
      const changed = await update(structuredCopy(this.user()));
      const user = await this.stompx().request<CurrentUser>(this.user()._actions.update, changed);
      this.adopt(user);
      return { user };
    });
  }

  /** Called at once with the current user, then after every change; with null when the session ends. */
  onCurrentUserChanged(observer: Observer<[CurrentUser | null]>): Unsubscribe {
    const once = new Emitter<[CurrentUser | null]>();
    once.add(observer);
    once.emit(this.currentUser ?? null);
    return this.userChanged.add(observer);
  }

  /** The connection is up, for the first time or again. */
  onCurrentUserOnline(observer: Observer<[]>): Unsubscribe {
    return this.wentOnline.add(observer);
  }

  /** The connection was lost; it comes back by itself unless the session has ended. */
  onCurrentUserOffline(observer: Observer<[]>): Unsubscribe {
    return this.wentOffline.add(observer);
  }

  /** Observes events of one type on the user's topics. */
  protected on<Resource>(type: string, observer: Observer<[Resource]>): Unsubscribe {
    const emitter = this.events.get(type) ?? new Emitter<[unknown]>();
    this.events.set(type, emitter);
    return emitter.add(observer as Observer<[unknown]>);
  }

  /** Runs when a session ends, while what is sent still leaves (unless it was lost for good). */
  protected onSessionEnded(observer: Observer<[]>): Unsubscribe {
    return this.sessionEnded.add(observer);
  }

  /** @internal */
  protected stompx(): StompX {
    if (!this.session) throw noSession();
    return this.session.stompx;
  }

  protected user(): CurrentUser {
    const user = this.session?.user;
    if (!user) throw noSession();
    return user;
  }

  protected adopt(user: CurrentUser): void {
    if (!this.session) return;
    this.session.user = user;
    this.userChanged.emit(user);
  }

  private over(session: Session): void {
    if (this.session !== session) return;
    this.sessionEnded.emit();
    this.session = null;
    this.wentOffline.emit();
    this.userChanged.emit(null);
  }
}

function noSession(): ChatKittyError {
  return new ChatKittyError(ErrorName.NoActiveSession, 'start a session first');
}

/** Resources are JSON: the application gets a copy that it may change. */
function structuredCopy<T>(resource: T): T {
  return JSON.parse(JSON.stringify(resource)) as T;
}
