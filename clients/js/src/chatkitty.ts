/** The client: sessions, users, channels, and calls. */
import { ChannelsClient } from './client/channels-client.js';
import { Calls } from './calls/calls.js';
import type { ChatKittyConfiguration, ChatKittyOptions } from './options.js';

const instances = new Map<string, ChatKitty>();

export class ChatKitty extends ChannelsClient {
  readonly Calls: Calls;

  constructor(configuration: ChatKittyConfiguration) {
    super(configuration);
    this.watchCurrentUser();
    this.Calls = new Calls({
      configuration,
      stompx: () => this.stompx(),
      user: () => this.user(),
      isOnline: () => this.isOnline,
      makeDirectChannel: (members) => this.makeChannel({ type: 'DIRECT', members }),
      on: (type, observer) => this.on(type, observer),
      onOnline: (observer) => this.onCurrentUserOnline(observer),
      onSessionEnded: (observer) => this.onSessionEnded(observer),
    });
  }

  /** The client of an API key: made once, with the options of the first call. */
  static getInstance(apiKey: string, options: ChatKittyOptions = {}): ChatKitty {
    const instance = instances.get(apiKey) ?? new ChatKitty({ ...options, apiKey });
    instances.set(apiKey, instance);
    return instance;
  }
}
