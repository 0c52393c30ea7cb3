/** Resources as the server renders them. */
import type { Call, CallMedia, Channel, CurrentUser, User } from '../../src/index.js';

export function user(id: number, name: string): User {
  return {
    id,
    name,
    displayName: name.toUpperCase(),
    displayPictureUrl: `https://pictures.example.org/${id}.png`,
    isGuest: true,
    presence: { status: 'AVAILABLE', online: true },
    callStatus: 'AVAILABLE',
    properties: {},
    _relays: { self: `/application/v1/users/${id}.relay`, channelMember: `/application/v1/users/${id}.channel_member.relay` },
    _actions: {},
  };
}

export const ANN = user(7, 'ann');
export const BOB = user(8, 'bob');
export const CEM = user(9, 'cem');

export function currentUser({ id, name }: User): CurrentUser {
  const topics = ['self', 'channels', 'messages', 'notifications', 'contacts', 'participants', 'users', 'reactions', 'threads', 'calls'];
  const relays = ['self', 'channels', 'joinableChannels', 'unreadChannels', 'contacts', 'contactsCount'];
  return {
    ...user(id, name),
    _relays: Object.fromEntries(relays.map((key) => [key, `/application/v1/user.${key}.relay`])) as CurrentUser['_relays'],
    _topics: Object.fromEntries(topics.map((key) => [key, `/topic/v1/users/${id}.${key}`])) as CurrentUser['_topics'],
    _actions: {
      update: '/application/v1/user.update',
      createChannel: '/application/v1/user.create_channel',
      updateMediaSettingsAudioEnabled: '/application/v1/user.audio',
      updateMediaSettingsVideoEnabled: '/application/v1/user.video',
    },
  };
}

export function channel(id: number): Channel {
  return {
    id,
    type: 'DIRECT',
    name: `channel-${id}`,
    createdTime: '2022-06-16T12:00:00.000Z',
    properties: {},
    members: [ANN, BOB],
    _relays: {
      self: `/application/v1/channels/${id}.relay`,
      members: `/application/v1/channels/${id}.members.relay.page..size..sort.`,
      calls: `/application/v1/channels/${id}.calls.relay.page..size..sort.`,
    },
    _topics: { self: `/topic/v1/channels/${id}.self` },
    _actions: { call: `/application/v1/channels/${id}.call` },
  };
}

export function call(id: number, more: Partial<Call> = {}): Call {
  const topics = ['self', 'participants', 'signals', 'userMediaSettings', 'media'];
  return {
    id,
    channelId: 5,
    type: 'CONFERENCE',
    creator: BOB,
    state: 'PENDING',
    p2p: false,
    properties: {},
    createdTime: '2022-06-16T12:00:00.000Z',
    participants: [],
    _relays: { self: `/application/v1/calls/${id}.relay`, participants: `/application/v1/calls/${id}.participants.relay` },
    _topics: Object.fromEntries(topics.map((key) => [key, `/topic/v1/calls/${id}.${key}`])) as Call['_topics'],
    _actions: {
      ready: `/application/v1/calls/${id}.ready`,
      signal: `/application/v1/calls/${id}.signal`,
      decline: `/application/v1/calls/${id}.decline`,
    },
    ...more,
  };
}

/** A snapshot: `[mid, source, user, session]` per track. */
export function media(
  version: number,
  tracks: [string, CallMedia['tracks'][number]['source'], User, number][],
  wanted = { audio: 0, video: 0 },
): CallMedia {
  return { version, tracks: tracks.map(([mid, source, owner, session]) => ({ mid, source, user: owner, session })), wanted };
}
