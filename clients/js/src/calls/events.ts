/** Everything that can be observed about calls. Observers outlive calls and sessions. */
import { Emitter } from '../emitter.js';
import type { ChatKittyError } from '../errors.js';
import type { Call, User, UserMediaSettings } from '../model.js';
import type { InviteCancelReason, MediaState } from './types.js';

export class CallEvents {
  readonly invited = new Emitter<[Call]>();
  readonly inviteCancelled = new Emitter<[Call, InviteCancelReason]>();
  readonly active = new Emitter<[Call]>();
  readonly ended = new Emitter<[Call]>();
  readonly accepted = new Emitter<[User]>();
  readonly rejected = new Emitter<[User]>();
  readonly left = new Emitter<[User]>();
  readonly participantActive = new Emitter<[User, MediaStream]>();
  readonly streamUpdated = new Emitter<[User, MediaStream]>();
  readonly screenShared = new Emitter<[User, MediaStream]>();
  readonly screenEnded = new Emitter<[User, MediaStream]>();
  readonly settingsUpdated = new Emitter<[UserMediaSettings]>();
  readonly screenSharing = new Emitter<[boolean]>();
  readonly localStream = new Emitter<[MediaStream | null]>();
  readonly mediaState = new Emitter<[MediaState, ChatKittyError | undefined]>();
}
