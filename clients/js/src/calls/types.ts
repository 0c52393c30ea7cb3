/** What applications pass to calls and get back. */
import type { Call, CallType, Channel, User, UserMediaSettings, UserReference, StreamSource } from '../model.js';
import type { ChatKittyPaginator } from '../paginator.js';
import type { ChatKittyResult, Succeeded } from '../results.js';

export interface InitializeCallsRequest {
  /** What is captured; constraints take the place of the defaults (720p, echo cancellation). */
  media: { audio: boolean | MediaTrackConstraints; video: boolean | MediaTrackConstraints };
}

interface StartCallOptions {
  type?: CallType;
  properties?: Record<string, unknown>;
  /** Media between the devices (`true`) or through the server (`false`). Left out: the server decides. */
  p2p?: boolean;
}

/** A call in a channel, or with people: then in their direct channel, which is made when there is none. */
export type StartCallRequest = StartCallOptions & ({ channel: Channel } | { members: UserReference[] });

export interface AcceptCallRequest {
  call: Call;
}

export interface RejectCallRequest {
  call: Call;
  /** The user is in another call. */
  reason?: 'busy';
}

export interface GetCallsRequest {
  channel: Channel;
  /** `active: true`: only calls that go on. Otherwise all calls of the channel, newest first. */
  filter?: { active?: boolean };
}

export interface StartScreenShareRequest {
  /** Also share the sound, where the browser can. Default: true. */
  audio?: boolean;
}

export type CallResult = ChatKittyResult<{ call: Call }>;
export type StartCallResult = CallResult;
export type StartedCallResult = Succeeded<{ call: Call }>;
export type AcceptCallResult = CallResult;
export type AcceptedCallResult = Succeeded<{ call: Call }>;
export type RejectCallResult = CallResult;
export type RejectedCallResult = Succeeded<{ call: Call }>;
export type GetCallResult = CallResult;
export type GetCallSucceededResult = Succeeded<{ call: Call }>;
export type GetCallsResult = ChatKittyResult<{ paginator: ChatKittyPaginator<Call> }>;
export type GetCallsSucceededResult = Succeeded<{ paginator: ChatKittyPaginator<Call> }>;
export type GetCallParticipantsResult = ChatKittyResult<{ paginator: ChatKittyPaginator<User> }>;
export type GetUserMediaSettingsResult = ChatKittyResult<{ settings: UserMediaSettings }>;
export type StartScreenShareResult = ChatKittyResult<{ stream: MediaStream }>;
export type SwitchCameraResult = ChatKittyResult<{ stream: MediaStream }>;

/** Why an invitation no longer rings. */
export type InviteCancelReason =
  /** Answered on another device of this user, or by starting a call in the same channel here. */
  | 'accepted'
  /** Declined on another device of this user. */
  | 'declined'
  /** Not answered in time; the call goes on. */
  | 'missed'
  /** The call is over: see `endReason` of the call. */
  | 'ended';

/** How the media of the active call is doing. */
export type MediaState = 'connecting' | 'connected' | 'reconnecting' | 'failed';

/** A stream of another participant that is shown or heard now. */
export interface RemoteStream {
  user: User;
  source: StreamSource;
  stream: MediaStream;
}
