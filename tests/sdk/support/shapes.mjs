// Resources as the protocol describes them (section 4): what must be there, of which type, and what may be absent.
// Nothing optional is ever null: the SDKs test `!== undefined`.
//
//   check('Channel', json)  ─▶  ['Channel.creator.presence is missing', …], empty when all is well
//
// `visit` is told every resource inside, whole or not.

const is = (what, test) => ({ what, test });
const int = is('an integer', (value) => Number.isSafeInteger(value));
const text = is('a string', (value) => typeof value === 'string');
const word = is('a string that is not empty', (value) => typeof value === 'string' && value !== '');
const bool = is('a boolean', (value) => typeof value === 'boolean');
const object = is('an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
const time = is('a UTC time', (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value));
const url = is('an absolute URL', (value) => /^https?:\/\/[^/]+\//.test(value));
const texts = is('strings', (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'));
// Opaque, but it ends up in a STOMP header and is compared as text.
const destination = is('a destination', (value) => typeof value === 'string' && value !== '' && !/[:\\\r\n]|undefined|null/.test(value));
const grant = is('a grant', (value) => /^[A-Za-z0-9._~-]+$/.test(value));
const oneOf = (...words) => is(words.join(' or '), (value) => words.includes(value));
const optional = (rule) => ({ ...ruled(rule), optional: true });
const nullable = (rule) => ({ ...ruled(rule), nullable: true });
const listOf = (kind) => ({ listOf: kind });
const ruled = (rule) => (typeof rule === 'string' ? { kind: rule } : rule);
const keys = (required, permitted = '') => ({ keys: split(required), permitted: split(permitted) });
const split = (names) => names.split(' ').filter(Boolean);

const USER = {
  id: int, name: word, displayName: word, displayPictureUrl: url, isGuest: bool, properties: object,
  presence: 'Presence', callStatus: oneOf('AVAILABLE', 'IN_CALL'), type: optional(oneOf('PERSON', 'BOT')),
};

const SHAPES = {
  Presence: { status: word, online: bool },
  User: { ...USER, _relays: keys('self channelMember'), _actions: keys('block delete') },
  CurrentUser: {
    ...USER,
    _relays: keys(
      'self readFileAccessGrant writeFileAccessGrant channels joinableChannels unreadChannels channelsCount '
      + 'unreadChannelsCount unreadMessagesCount messages contacts contactsCount userBlockListItems userBlockedRecords',
    ),
    _topics: keys(
      'self channels messages notifications contacts participants users reactions threads calls elements features styles readReceipts',
    ),
    _actions: keys('update createChannel updateDisplayPicture updateMediaSettingsAudioEnabled updateMediaSettingsVideoEnabled delete'),
    _streams: keys('displayPicture'),
  },
  Channel: {
    id: int, type: oneOf('DIRECT', 'PUBLIC', 'PRIVATE'), name: word, displayName: optional(text),
    creator: optional('User'), lastReceivedMessage: optional('Message'), members: optional(listOf('User')),
    createdTime: time, properties: object,
    _relays: keys(
      'self messages messagesCount lastReceivedMessage lastReadMessage unread members threads calls context moderators blockRecords',
    ),
    _topics: keys('self messages keystrokes typing participants readReceipts reactions events members blockRecords moderators'),
    _actions: keys(
      'message keystrokes read mute call triggerEvent update delete clearHistory hide createThread block',
      'join leave invite addModerator deleteModerator',
    ),
    _streams: keys('messages'),
  },
  Message: {
    id: int, type: oneOf('TEXT', 'FILE', 'SYSTEM_TEXT', 'SYSTEM_FILE'), channelId: int, createdTime: time,
    body: optional(text), links: optional(listOf('MessageLink')), mentions: optional(listOf('MessageMention')),
    file: optional('File'), user: optional('User'), groupTag: optional(text),
    reactions: optional(listOf('ReactionSummary')), reactionsSummary: optional('ReactionsSummary'),
    repliesCount: optional(int), nestedLevel: optional(int), reportCount: optional(int), lastEditedTime: optional(time),
    properties: object,
    _relays: keys('self channel readReceipts repliesCount replies reactions', 'parent reportCount reports'),
    _actions: keys('read reply react removeReaction deleteForMe delete edit unread updateProperties report', 'removeReport'),
    _streams: keys('replies'),
  },
  MessageLink: { source: word, startPosition: int, endPosition: int, preview: optional('LinkPreview') },
  LinkPreview: {
    url: word, title: text, image: 'LinkImage', description: optional(text), siteName: optional(text),
  },
  LinkImage: { source: word },
  MessageMention: {
    type: oneOf('CHANNEL', 'USER'), tag: word, startPosition: int, endPosition: int,
    channel: optional('Channel'), user: optional('User'),
  },
  File: { type: oneOf('HOSTED', 'EXTERNAL'), url, name: word, contentType: word, size: int },
  ReactionSummary: { emoji: 'Emoji', users: listOf('User'), count: int },
  ReactionsSummary: { emojis: listOf('ReactionSummary') },
  Emoji: { character: word, description: text, aliases: texts, tags: texts },
  Thread: {
    id: int, type: oneOf('MAIN', 'STANDALONE', 'MESSAGE'), name: optional(text), properties: object, createdTime: time,
    _relays: keys('channel message'), _topics: keys('self messages keystrokes typing'),
    _actions: keys('message keystrokes read'), _streams: keys('messages'),
  },
  Reaction: { emoji: 'Emoji', user: 'User', createdTime: time, _relays: keys('message') },
  ReadReceipt: { user: 'User', createdTime: time, _relays: keys('message') },
  Keystrokes: { username: word, keys: text, _relays: keys('thread user') },
  Event: { type: word, user: 'User', properties: object, _relays: keys('channel') },
  MessageReport: { user: 'User', reason: text, properties: optional(object), createdTime: time },
  BlockItem: { user: 'User', createdTime: time, _actions: keys('delete') },
  ChannelBlockRecord: { user: 'User', createdTime: time, _actions: keys('delete') },
  Count: { count: int },
  Exists: { exists: bool },
  Grant: { grant },
  ChannelContext: { startCursor: text, endCursor: text, readBy: object },
  Notification: {
    id: int, title: text, body: text, channel: nullable('Channel'), data: 'NotificationData', muted: bool,
    createdTime: time, readTime: nullable(time),
  },
  NotificationData: {
    type: oneOf('USER:SENT:MESSAGE', 'SYSTEM:SENT:MESSAGE', 'USER:REPLIED_TO:MESSAGE', 'USER:MENTIONED:USER', 'USER:MENTIONED:CHANNEL'),
    recipient: 'User', message: 'Message', channelId: int, parent: optional('Message'),
    mentionedUser: optional('User'), mentionedChannel: optional('Channel'),
  },
  Call: {
    id: int, type: oneOf('CONFERENCE', 'PRESENTER'), creator: 'User', state: oneOf('PENDING', 'ACTIVE', 'ENDED'),
    p2p: bool, properties: object, createdTime: time, endTime: optional(time),
    _relays: keys('self participants'), _topics: keys('self participants signals userMediaSettings'),
    _actions: keys('ready signal decline reject'),
  },
  CallSignal: {
    type: oneOf('CREATE_OFFER', 'ANSWER_OFFER', 'DISCONNECT_PEER', 'SEND_DESCRIPTION', 'ADD_CANDIDATE'),
    peer: 'User', createdTime: time, payload: optional(object),
  },
  UserMediaSettings: { user: 'User', audio: object, video: object },
  CallMedia: {},
};

// Members that come and go together, which types cannot say.
const EXTRA = {
  Channel: ({ type, members, displayName }) => [
    type === 'DIRECT' && !members && 'members are missing in a DIRECT channel',
    type !== 'DIRECT' && members && 'members are only for DIRECT channels',
    type !== 'DIRECT' && displayName === undefined && 'displayName is missing in a group channel',
  ],
  Message: ({ type, body, links, file, user }) => [
    type.endsWith('TEXT') && body === undefined && 'body is missing in a text message',
    type.endsWith('TEXT') && links === undefined && 'links are missing in a text message',
    type.endsWith('TEXT') && file !== undefined && 'file in a text message',
    type.endsWith('FILE') && file === undefined && 'file is missing in a file message',
    type.endsWith('FILE') && body !== undefined && 'body in a file message',
    type.startsWith('SYSTEM') && user !== undefined && 'user in a system message',
    !type.startsWith('SYSTEM') && user === undefined && 'user is missing in a message of a user',
  ],
  MessageMention: ({ type, channel, user }) => [
    (type === 'CHANNEL') !== (channel !== undefined) && 'channel if and only if a channel is mentioned',
    (type === 'USER') !== (user !== undefined) && 'user if and only if a user is mentioned',
  ],
};

// What a page holds under `_embedded`, and what it consists of.
export const CONTENT = {
  channels: 'Channel', messages: 'Message', users: 'User', receipts: 'ReadReceipt', reactions: 'Reaction',
  threads: 'Thread', calls: 'Call', items: 'BlockItem', records: 'ChannelBlockRecord',
};

export function check(kind, value, visit = () => {}, path = kind) {
  const shape = SHAPES[kind];
  if (!shape) throw new Error(`no shape ${kind}`);
  if (!object.test(value)) return [`${path} is not an object`];
  visit(kind, value);
  const problems = Object.entries(shape).flatMap(([name, rule]) => checkMember(ruled(rule), value[name], visit, `${path}.${name}`));
  const extra = problems.length > 0 ? [] : EXTRA[kind]?.(value).filter(Boolean) ?? [];
  const nulls = Object.entries(value).filter(([name, member]) => member === null && !ruled(shape[name] ?? {}).nullable);
  return [
    ...problems,
    ...extra.map((problem) => `${path}: ${problem}`),
    ...nulls.filter(([name]) => !(name in shape)).map(([name]) => `${path}.${name} is null`),
  ];
}

function checkMember(rule, value, visit, path) {
  if (value === undefined) return rule.optional ? [] : [`${path} is missing`];
  if (value === null) return rule.nullable ? [] : [`${path} is null`];
  if (rule.kind) return check(rule.kind, value, visit, path);
  if (rule.listOf) return checkList(rule.listOf, value, visit, path);
  if (rule.keys) return checkKeys(rule, value, path);
  return rule.test(value) ? [] : [`${path} is not ${rule.what}: ${JSON.stringify(value)}`];
}

function checkList(kind, list, visit, path) {
  if (!Array.isArray(list)) return [`${path} is not a list`];
  return list.flatMap((item, index) => check(kind, item, visit, `${path}[${index}]`));
}

function checkKeys({ keys: required, permitted }, value, path) {
  if (!object.test(value)) return [`${path} is not an object`];
  return [...required, ...permitted].flatMap((name) => {
    if (value[name] === undefined) return required.includes(name) ? [`${path}.${name} is missing`] : [];
    return destination.test(value[name]) ? [] : [`${path}.${name} is not a destination: ${JSON.stringify(value[name])}`];
  });
}

export function checkPage(content, page, visit = () => {}, path = 'page') {
  const problems = [];
  if (!object.test(page.page)) problems.push(`${path}.page is missing`);
  else if (!Number.isSafeInteger(page.page.size)) problems.push(`${path}.page.size is not an integer`);
  if (!object.test(page._relays)) problems.push(`${path}._relays is missing`);
  else if (!destination.test(page._relays.self)) problems.push(`${path}._relays.self is missing`);
  const items = page._embedded === undefined ? [] : page._embedded[content];
  return [...problems, ...checkList(CONTENT[content], items, visit, `${path}._embedded.${content}`)];
}
