/** The observers of `kitty.Calls`. Each returns a function that removes it. */
import type { Observer, Unsubscribe } from '../emitter.js';
import type { ChatKittyError } from '../errors.js';
import type { Call, User, UserMediaSettings } from '../model.js';
import { CallEvents } from './events.js';
import type { InviteCancelReason, MediaState } from './types.js';

export class CallObservers {
  /** @internal */
  protected readonly events = new CallEvents();

  /** Somebody invites the current user to a call: ring. */
  onCallInvite(observer: Observer<[Call]>): Unsubscribe {
    return this.events.invited.add(observer);
  }

  /** An invitation no longer rings: answered or declined on another device, or the call is over. */
  onCallInviteCancelled(observer: Observer<[Call, InviteCancelReason]>): Unsubscribe {
    return this.events.inviteCancelled.add(observer);
  }

  /** The current user started or accepted a call, and this device is in it. */
  onCallActive(observer: Observer<[Call]>): Unsubscribe {
    return this.events.active.add(observer);
  }

  /** The call is over for this device, and not because it left. */
  onCallEnded(observer: Observer<[Call]>): Unsubscribe {
    return this.events.ended.add(observer);
  }

  onParticipantAcceptedCall(observer: Observer<[User]>): Unsubscribe {
    return this.events.accepted.add(observer);
  }

  onParticipantRejectedCall(observer: Observer<[User]>): Unsubscribe {
    return this.events.rejected.add(observer);
  }

  /** Same as `onParticipantRejectedCall`. */
  onParticipantDeclinedCall(observer: Observer<[User]>): Unsubscribe {
    return this.onParticipantRejectedCall(observer);
  }

  /** A participant can be seen or heard, for the first time or after coming back. */
  onParticipantActive(observer: Observer<[User, MediaStream]>): Unsubscribe {
    return this.events.participantActive.add(observer);
  }

  /** The tracks of a participant's stream changed. `<video>` elements follow by themselves, `RTCView` does not. */
  onParticipantStreamUpdated(observer: Observer<[User, MediaStream]>): Unsubscribe {
    return this.events.streamUpdated.add(observer);
  }

  onParticipantLeftCall(observer: Observer<[User]>): Unsubscribe {
    return this.events.left.add(observer);
  }

  /** A participant shares a screen: a second stream. */
  onParticipantScreenShared(observer: Observer<[User, MediaStream]>): Unsubscribe {
    return this.events.screenShared.add(observer);
  }

  /** A participant's screen is no longer shared. */
  onParticipantScreenEnded(observer: Observer<[User, MediaStream]>): Unsubscribe {
    return this.events.screenEnded.add(observer);
  }

  /** A participant switched microphone or camera on or off. */
  onParticipantMediaSettingsUpdated(observer: Observer<[UserMediaSettings]>): Unsubscribe {
    return this.events.settingsUpdated.add(observer);
  }

  /** `localStream` is another one, or null. */
  onLocalStreamChanged(observer: Observer<[MediaStream | null]>): Unsubscribe {
    return this.events.localStream.add(observer);
  }

  /** Sharing the own screen began, or ended, be it by the browser's own button. */
  onScreenSharingChanged(observer: Observer<[boolean]>): Unsubscribe {
    return this.events.screenSharing.add(observer);
  }

  /** The media of the active call connects, is connected, reconnects, or failed (then with the reason). */
  onMediaStateChanged(observer: Observer<[MediaState, ChatKittyError | undefined]>): Unsubscribe {
    return this.events.mediaState.add(observer);
  }
}
