/** The part of the client about other users. */
import type { Observer, Unsubscribe } from '../emitter.js';
import type { CurrentUser, User } from '../model.js';
import { ChatKittyPaginator } from '../paginator.js';
import { resultOf, type ChatKittyResult, type Succeeded } from '../results.js';
import { SessionClient } from './session-client.js';

export interface GetUsersRequest {
  filter?: {
    /** Exact username, or its beginning. */
    name?: string;
    /** Part of the display name. */
    displayName?: string;
    online?: boolean;
  };
}

export type GetUsersSucceededResult = Succeeded<{ paginator: ChatKittyPaginator<User> }>;
export type GetUsersResult = ChatKittyResult<{ paginator: ChatKittyPaginator<User> }>;
export type GetUserSucceededResult = Succeeded<{ user: User }>;
export type GetUserResult = ChatKittyResult<{ user: User }>;

export class UsersClient extends SessionClient {
  /** Other users of the application. */
  getUsers(request: GetUsersRequest = {}): Promise<GetUsersResult> {
    return resultOf(async () => {
      const { contacts } = this.user()._relays;
      return { paginator: await ChatKittyPaginator.at<User>(this.stompx(), contacts, 'users', { ...request.filter }) };
    });
  }

  getUsersCount(request: GetUsersRequest = {}): Promise<ChatKittyResult<{ count: number }>> {
    return resultOf(async () => {
      const { contactsCount } = this.user()._relays;
      return this.stompx().relay<{ count: number }>(contactsCount, { ...request.filter });
    });
  }

  getUser(id: number): Promise<GetUserResult> {
    return resultOf(async () => ({ user: await this.stompx().relay<User>(`/application/v1/users/${id}.relay`) }));
  }

  /** Somebody came online, went offline, or changed status or call status. */
  onUserPresenceChanged(observer: Observer<[User]>): Unsubscribe {
    return this.on('contact.presence.changed', observer);
  }

  /** Somebody's profile changed. */
  onUserUpdated(observer: Observer<[User]>): Unsubscribe {
    return this.on('contact.user.updated', observer);
  }

  protected watchCurrentUser(): void {
    this.on<CurrentUser>('user.self.updated', (user) => this.adopt(user));
  }
}
