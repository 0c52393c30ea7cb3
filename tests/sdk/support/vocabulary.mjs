// What answers a relay, and which event comes on which topic with what (sections 2.9, 4 and 6 of the protocol).
// Destinations are opaque: they are known by the place in a resource where the server gave them to the client.

// By owner and key of `_relays`; a list names the content of a page.
export const RELAYS = {
  CurrentUser: {
    self: 'CurrentUser', readFileAccessGrant: 'Grant', writeFileAccessGrant: 'Grant', channels: ['channels'],
    joinableChannels: ['channels'], unreadChannels: ['channels'], channelsCount: 'Count', unreadChannelsCount: 'Count',
    unreadMessagesCount: 'Count', messages: ['messages'], contacts: ['users'], contactsCount: 'Count',
    userBlockListItems: ['items'], userBlockedRecords: ['items'],
  },
  User: { self: 'User', channelMember: 'Exists' },
  Channel: {
    self: 'Channel', messages: ['messages'], messagesCount: 'Count', lastReceivedMessage: 'Message',
    lastReadMessage: 'Message', unread: 'Exists', members: ['users'], threads: ['threads'], calls: ['calls'],
    context: 'ChannelContext', moderators: ['users'], blockRecords: ['records'],
  },
  Message: {
    self: 'Message', channel: 'Channel', parent: 'Message', readReceipts: ['receipts'], repliesCount: 'Count',
    replies: ['messages'], reactions: ['reactions'],
  },
  Thread: { channel: 'Channel', message: 'Message' },
  Reaction: { message: 'Message' },
  ReadReceipt: { message: 'Message' },
  Keystrokes: { user: 'User', thread: 'Thread' },
  Event: { channel: 'Channel' },
  Call: { self: 'Call', participants: ['users'] },
};

// Destinations that the clients know by heart (5.1).
export const HARD_CODED = [
  [/^\/application(\/v1)?\/(user|users\/me)\.relay$/, 'CurrentUser'],
  [/^\/application(\/v1)?\/(user|users\/me)\.(read|write)_file_access_grant\.relay$/, 'Grant'],
  [/^\/application(\/v1)?\/channels\/[^/.]*\.relay$/, 'Channel'],
  [/^\/application(\/v1)?\/users\/[^/.]*\.relay$/, 'User'],
  [/^\/application(\/v1)?\/calls\/[^/.]*\.relay$/, 'Call'],
  [/^\/application(\/v1)?\/users\/[^/.]*\.media_settings\.relay$/, 'UserMediaSettings'],
];

const on = (...topics) => topics;

// Event type → resource and topics. Result carriers (6.3), legacy twins (10) and our own additions included.
export const EVENTS = {
  'channel.message.created': ['Message', on('Channel.messages')],
  'channel.message.updated': ['Message', on('Channel.messages')],
  'channel.message.deleted': ['Message', on('Channel.messages')],
  'thread.message.updated': ['Message', on('Channel.messages')],
  'thread.message.created': ['Message', on('Thread.messages')],
  'thread.keystrokes.created': ['Keystrokes', on('Channel.keystrokes', 'Thread.keystrokes')],
  'thread.typing.started': ['User', on('Channel.typing', 'Thread.typing')],
  'thread.typing.stopped': ['User', on('Channel.typing', 'Thread.typing')],
  'channel.participant.active': ['User', on('Channel.participants')],
  'channel.participant.inactive': ['User', on('Channel.participants')],
  'participant.presence.changed': ['User', on('Channel.participants')],
  'message.read_receipt.created': ['ReadReceipt', on('Channel.readReceipts', 'CurrentUser.readReceipts')],
  'message.read_receipt.deleted': ['ReadReceipt', on('Channel.readReceipts', 'CurrentUser.readReceipts')],
  'message.reaction.created': ['Reaction', on('Channel.reactions')],
  'message.reaction.removed': ['Reaction', on('Channel.reactions')],
  'channel.event.triggered': ['Event', on('Channel.events')],
  'channel.self.updated': ['Channel', on('Channel.self')],
  'channel.self.deleted': ['Channel', on('Channel.self')],
  'channel.member.joined': ['User', on('Channel.members')],
  'channel.member.left': ['User', on('Channel.members')],
  'channel.moderator.added': ['User', on('Channel.moderators')],
  'channel.moderator.deleted': ['User', on('Channel.moderators')],
  'channel.block_record.created': ['ChannelBlockRecord', on('Channel.blockRecords')],
  'channel.block_record.deleted': ['ChannelBlockRecord', on('Channel.blockRecords')],
  'user.notification.created': ['Notification', on('CurrentUser.notifications')],
  'me.notification.created': ['Notification', on('CurrentUser.notifications')],
  ...every(['user', 'me'], ['joined', 'left', 'updated', 'hidden', 'unhidden', 'created', 'upserted']),
  'user.channel.deleted': ['Channel', on('CurrentUser.channels')],
  'member.channel.upserted': ['Channel', on('CurrentUser.channels')],
  'user.channel.muted': ['Channel', on('CurrentUser.channels')],
  'user.channel.unmuted': ['Channel', on('CurrentUser.channels')],
  'user.channel.history_cleared': ['Channel', on('CurrentUser.channels')],
  'user.channel.block_record_created': ['ChannelBlockRecord', on('CurrentUser.channels')],
  'user.channel.block_record_deleted': ['ChannelBlockRecord', on('CurrentUser.channels')],
  'contact.presence.changed': ['User', on('CurrentUser.contacts')],
  'contact.user.updated': ['User', on('CurrentUser.contacts')],
  'participant.typing.started': ['User', on('CurrentUser.participants')],
  'participant.typing.stopped': ['User', on('CurrentUser.participants')],
  'user.user_blocklist_item.created': ['BlockItem', on('CurrentUser.users')],
  'user.user.blocked': ['User', on('CurrentUser.users')],
  'user.user.unblocked': ['User', on('CurrentUser.users')],
  'user.user.invited': ['User', on('CurrentUser.users')],
  'user.self.updated': ['CurrentUser', on('CurrentUser.self')],
  'user.self.deleted': ['User', on('CurrentUser.self')],
  'user.message.created': ['Message', on('CurrentUser.messages')],
  'user.message.updated': ['Message', on('CurrentUser.messages')],
  'user.message.deleted': ['Message', on('CurrentUser.messages')],
  'user.message.reported': ['MessageReport', on('CurrentUser.messages')],
  'user.reaction.created': ['Reaction', on('CurrentUser.reactions')],
  'user.reaction.removed': ['Reaction', on('CurrentUser.reactions')],
  'user.thread.created': ['Thread', on('CurrentUser.threads')],
  'user.call.created': ['Call', on('CurrentUser.calls')],
  'user.call.invited': ['Call', on('CurrentUser.calls')],
  'me.call.invited': ['Call', on('CurrentUser.calls')],
  'user.call.active': ['Call', on('CurrentUser.calls')],
  'me.call.active': ['Call', on('CurrentUser.calls')],
  'user.call.accepted': ['Call', on('CurrentUser.calls')],
  'user.call.declined': ['Call', on('CurrentUser.calls')],
  'user.call.missed': ['Call', on('CurrentUser.calls')],
  'user.call.ended': ['Call', on('CurrentUser.calls')],
  'call.self.active': ['Call', on('Call.self')],
  'call.self.ended': ['Call', on('Call.self')],
  'call.participant.accepted': ['User', on('Call.participants')],
  'call.participant.declined': ['User', on('Call.participants')],
  'call.participant.rejected': ['User', on('Call.participants')],
  'call.participant.entered': ['User', on('Call.participants')],
  'call.participant.left': ['User', on('Call.participants')],
  'call.user_media_settings.updated': ['UserMediaSettings', on('Call.userMediaSettings')],
  'call.signal.created': ['CallSignal', on('Call.signals')],
  'call.media.updated': ['CallMedia', on('Call.media')],
};

function every(subjects, verbs) {
  const types = subjects.flatMap((subject) => verbs.map((verb) => `${subject}.channel.${verb}`));
  return Object.fromEntries(types.map((type) => [type, ['Channel', on('CurrentUser.channels')]]));
}

// Once the clients act on it, it must have come on a user topic of theirs (2.5): any event may carry a result.
export const isUserTopic = (place) => place.startsWith('CurrentUser.');
