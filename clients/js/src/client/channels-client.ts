/** The part of the client about channels. */
import { ChatKittyError, ErrorName } from '../errors.js';
import type { Observer, Unsubscribe } from '../emitter.js';
import type { Channel, ChannelType, User, UserReference } from '../model.js';
import { ChatKittyPaginator } from '../paginator.js';
import { resultOf, type ChatKittyResult, type Succeeded } from '../results.js';
import { UsersClient } from './users-client.js';

/** Results of creating a channel: made, or found because it was there. */
const CREATED = ['user.channel.created', 'user.channel.upserted', 'member.channel.upserted'];

export interface CreateChannelRequest {
  type: ChannelType;
  /** Unique; made up when left out. */
  name?: string;
  displayName?: string;
  members?: UserReference[];
  properties?: Record<string, unknown>;
}

export interface GetChannelsRequest {
  filter?: {
    /** `true`: member of it; `false`: could join it. */
    joined?: boolean;
    unread?: boolean;
    name?: string;
  };
}

export type ChannelResult = ChatKittyResult<{ channel: Channel }>;
export type CreatedChannelResult = Succeeded<{ channel: Channel }>;
export type GetChannelSucceededResult = Succeeded<{ channel: Channel }>;
export type GetChannelsSucceededResult = Succeeded<{ paginator: ChatKittyPaginator<Channel> }>;
export type GetChannelsResult = ChatKittyResult<{ paginator: ChatKittyPaginator<Channel> }>;
export type GetChannelMembersResult = ChatKittyResult<{ paginator: ChatKittyPaginator<User> }>;

export class ChannelsClient extends UsersClient {
  createChannel(request: CreateChannelRequest): Promise<ChannelResult> {
    return resultOf(async () => ({ channel: await this.makeChannel(request) }));
  }

  getChannels(request: GetChannelsRequest = {}): Promise<GetChannelsResult> {
    return resultOf(async () => {
      const { joined, unread, name } = request.filter ?? {};
      const { channels, joinableChannels, unreadChannels } = this.user()._relays;
      const destination = unread ? unreadChannels : joined === false ? joinableChannels : channels;
      const parameters = { subscribable: joined || undefined, name };
      return { paginator: await ChatKittyPaginator.at<Channel>(this.stompx(), destination, 'channels', parameters) };
    });
  }

  getChannel(id: number): Promise<ChannelResult> {
    return resultOf(async () => ({
      channel: await this.stompx().relay<Channel>(`/application/v1/channels/${id}.relay`),
    }));
  }

  getChannelMembers(request: {
    channel: Channel;
    filter?: { displayName?: string };
  }): Promise<GetChannelMembersResult> {
    return resultOf(async () => {
      const { members } = request.channel._relays;
      return { paginator: await ChatKittyPaginator.at<User>(this.stompx(), members, 'users', { ...request.filter }) };
    });
  }

  joinChannel({ channel }: { channel: Channel }): Promise<ChannelResult> {
    return resultOf(async () => {
      const join = permitted(channel._actions.join, ErrorName.ChannelNotPubliclyJoinable, 'this channel cannot be joined');
      return { channel: await this.stompx().request<Channel>(join, { channel }) };
    });
  }

  leaveChannel({ channel }: { channel: Channel }): Promise<ChannelResult> {
    return resultOf(async () => {
      const leave = permitted(channel._actions.leave, ErrorName.NotAChannelMember, 'not a member of this channel');
      return { channel: await this.stompx().request<Channel>(leave) };
    });
  }

  inviteUser({ channel, user }: { channel: Channel; user: UserReference }): Promise<ChatKittyResult<{ user: User }>> {
    return resultOf(async () => {
      const invite = permitted(channel._actions.invite, ErrorName.ChannelNotInvitable, 'nobody can be invited here');
      return { user: await this.stompx().request<User>(invite, { user }) };
    });
  }

  onChannelJoined(observer: Observer<[Channel]>): Unsubscribe {
    return this.on('user.channel.joined', observer);
  }

  /** Same as `onChannelJoined`. */
  onJoinedChannel(observer: Observer<[Channel]>): Unsubscribe {
    return this.onChannelJoined(observer);
  }

  onChannelLeft(observer: Observer<[Channel]>): Unsubscribe {
    return this.on('user.channel.left', observer);
  }

  onChannelUpdated(observer: Observer<[Channel]>): Unsubscribe {
    return this.on('user.channel.updated', observer);
  }

  protected makeChannel(request: CreateChannelRequest): Promise<Channel> {
    return this.stompx().request<Channel>(this.user()._actions.createChannel, request, CREATED);
  }
}

/** The address of an action that the server only names when the viewer may use it. */
function permitted(action: string | undefined, error: string, message: string): string {
  if (!action) throw new ChatKittyError(error, message);
  return action;
}
