// The packages under test: how each is loaded and what it calls things. Cases are written in the words of the product
// documentation (those of `chatkitty` 1); the later packages renamed methods and callbacks, not what they do.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BUNDLE, bundle } from './bundle.mjs';

const require = createRequire(import.meta.url);

const METHODS = new Map(Object.entries({
  getCurrentUser: 'retrieveCurrentUser',
  getChannels: 'listChannels',
  getChannel: 'retrieveChannel',
  getUnreadChannelsCount: 'countUnreadChannels',
  getChannelUnread: 'checkChannelUnread',
  getChannelMembers: 'listChannelMembers',
  getMessages: 'listMessages',
  getUnreadMessagesCount: 'countUnreadMessages',
  getLastReadMessage: 'retrieveLastReadMessage',
  getMessageRepliesCount: 'countMessageReplies',
  getMessageChannel: 'retrieveMessageChannel',
  getMessageParent: 'retrieveMessageParent',
  getReactions: 'listReactions',
  getReadReceipts: 'listReadReceipts',
  getThreads: 'listThreads',
  getThreadChannel: 'listThreadChannel',
  getThreadMessage: 'listThreadMessage',
  getUsers: 'listUsers',
  getUsersCount: 'listUsersCount',
  getUser: 'retrieveUser',
  getUserIsChannelMember: 'checkUserIsChannelMember',
  getUserBlockList: 'listUserBlockedRecords',
  deleteUserBlockListItem: 'deleteUserBlockedRecord',
}));

const CALLBACKS = new Map(Object.entries({
  onReceivedMessage: 'onMessageReceived',
  onReceivedKeystrokes: 'onKeystrokesReceived',
  onThreadReceivedMessage: 'onThreadMessageReceived',
  onThreadReceivedKeystrokes: 'onThreadKeystrokesReceived',
}));

// Chat session callbacks by the words of `chatkitty` 1; what a package lacks is not given to it.
const CHAT = [
  'onReceivedMessage', 'onReceivedKeystrokes', 'onTypingStarted', 'onTypingStopped', 'onParticipantEnteredChat',
  'onParticipantLeftChat', 'onParticipantPresenceChanged', 'onMessageUpdated', 'onChannelUpdated', 'onMessageRead',
  'onMessageReactionAdded', 'onMessageReactionRemoved',
];
const CHAT_1 = [
  ...CHAT, 'onEventTriggered', 'onThreadReceivedMessage', 'onThreadReceivedKeystrokes', 'onThreadTypingStarted',
  'onThreadTypingStopped',
];
const CHAT_CORE_1 = [...CHAT_1, 'onMessageDeleted', 'onMessageUnread'];
const CHAT_CORE_2 = [
  ...CHAT_CORE_1, 'onChannelDeleted', 'onMemberJoined', 'onMemberLeft', 'onModeratorAdded', 'onModeratorDeleted',
  'onMemberBlocked', 'onMemberUnblocked',
];

const TOPICS = ['self', 'messages', 'keystrokes', 'typing', 'participants', 'readReceipts', 'reactions'];
const TOPICS_1 = [...TOPICS, 'events'];
const TOPICS_2 = [...TOPICS_1, 'members', 'blockRecords', 'moderators'];

const byConstructor = (ChatKitty) => (apiKey, host) => new ChatKitty({ apiKey, host, isSecure: false });

// Clients of the newest packages are shared by API key within one copy of the module, so each at a time needs a copy.
let copies = 0;
const copy = (name) => {
  copies += 1;
  return import(new URL(`../node_modules/${name}/dist/index.mjs?copy=${copies}`, import.meta.url));
};

// Copies whose client has ended its session, by host: it can begin another, and loading one more is slow.
const idle = new Map();

async function shared(apiKey, host) {
  const key = `${apiKey} ${host}`;
  const { getSdkClient } = idle.get(key)?.pop() ?? (await copy('chatkitty-core-2'));
  const client = getSdkClient(apiKey, environment(host));
  origins.set(client, { key, getSdkClient });
  return client;
}

const origins = new WeakMap();

// The client object ended its session as it should, and is not needed any more.
export function release(client) {
  const { key, ...origin } = origins.get(client) ?? {};
  if (!key) return;
  origins.delete(client);
  if (!idle.has(key)) idle.set(key, []);
  idle.get(key).push(origin);
}

const environment = (host) => ({ $environment: { host, secure: false } });

async function core1() {
  if (!existsSync(BUNDLE)) await bundle();
  return import(BUNDLE);
}

export const SDKS = [
  {
    code: 'J1',
    name: 'chatkitty@1.58.2',
    chat: CHAT_1,
    topics: TOPICS_1,
    package: () => require('chatkitty-1'),
    client: async (apiKey, host) => byConstructor(require('chatkitty-1').default)(apiKey, host),
  },
  {
    code: 'C1',
    name: '@chatkitty/core@1.11.0',
    renames: true,
    chat: CHAT_CORE_1,
    topics: TOPICS_1,
    package: core1,
    client: async (apiKey, host) => byConstructor((await core1()).default)(apiKey, host),
  },
  {
    code: 'C2',
    name: '@chatkitty/core@2.106.2',
    renames: true,
    chat: CHAT_CORE_2,
    topics: TOPICS_2,
    package: () => copy('chatkitty-core-2'),
    client: shared,
    connect: async (options, host) => (await copy('chatkitty-core-2')).connectApi({ ...options, ...environment(host) }),
  },
  {
    code: 'K25',
    name: 'chatkitty@2.5.0',
    package: () => copy('chatkitty-2'),
    connect: async (options, host) => (await copy('chatkitty-2')).connectApi({ ...options, ...environment(host) }),
  },
  {
    code: 'A5',
    name: 'chatkitty@2.0.0-alpha.5',
    chat: CHAT,
    topics: TOPICS,
    package: () => require('chatkitty-2-alpha'),
    client: async (apiKey, host) => byConstructor(require('chatkitty-2-alpha').default)(apiKey, host),
  },
];

const read = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url)));

// Every public method by package, as the conformance list has them.
export const METHOD_LIST = read('methods.json');

for (const sdk of SDKS) {
  const methods = METHOD_LIST.filter((entry) => entry.sdk === sdk.name).map((entry) => entry.method);
  sdk.methods = new Set(methods);
  sdk.method = (name) => {
    const [plain, ...note] = name.split(' (');
    const renamed = sdk.renames ? METHODS.get(plain) ?? plain : plain;
    return [renamed, ...note].join(' (');
  };
  sdk.callback = (name) => (sdk.renames ? CALLBACKS.get(name) ?? name : name);
  sdk.has = (name) => sdk.methods.has(sdk.method(name));
}

// Words of the documentation for everything that a client object can do.
export const WORDS = (() => {
  const back = new Map([...METHODS].map(([word, renamed]) => [renamed, word]));
  const plain = METHOD_LIST.map(({ method }) => method.split(' (')[0]).filter((method) => !method.includes('.'));
  return new Set(plain.map((method) => back.get(method) ?? method));
})();
