/** Public surface of `whisker-client`. The default export is the client. */
export { ChatKitty, ChatKitty as default } from './chatkitty.js';
export type { Calls } from './calls/calls.js';
export type * from './calls/types.js';
export type * from './client/channels-client.js';
export type * from './client/session-client.js';
export type * from './client/users-client.js';
export type { Observer, Unsubscribe } from './emitter.js';
export { ChatKittyError, ErrorName } from './errors.js';
export type * from './model.js';
export type { ChatKittyConfiguration, ChatKittyOptions, WebRtc } from './options.js';
export { ChatKittyPaginator } from './paginator.js';
export { failed, succeeded } from './results.js';
export type { ChatKittyFailedResult, ChatKittyResult, ChatKittySucceededResult, Succeeded } from './results.js';
export { VERSION } from './version.js';
