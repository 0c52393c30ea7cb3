/** Resources as the server sends them. Members that begin with `_` are addresses chosen by the server: opaque. */

type Links<Keys extends string, Optional extends string = never> = Record<Keys, string> & Partial<Record<Optional, string>>;

export interface UserPresence {
  /** `AVAILABLE`, `DO_NOT_DISTURB`, `INVISIBLE`, or a word of the application's own. */
  status: string;
  online: boolean;
}

export interface BaseUser {
  id: number;
  /** Unique username. */
  name: string;
  displayName: string;
  displayPictureUrl: string;
  isGuest: boolean;
  presence: UserPresence;
  /** `AVAILABLE` or `IN_CALL`. */
  callStatus?: string;
  properties: Record<string, unknown>;
}

export interface User extends BaseUser {
  _relays: Links<'self' | 'channelMember'>;
  _actions: Links<never, 'block' | 'delete'>;
}

export interface CurrentUser extends BaseUser {
  _relays: Links<'self' | 'channels' | 'joinableChannels' | 'unreadChannels' | 'contacts' | 'contactsCount'>;
  _topics: Links<UserTopic>;
  _actions: Links<
    'update' | 'createChannel' | 'updateMediaSettingsAudioEnabled' | 'updateMediaSettingsVideoEnabled'
  >;
}

/** Topics of a user, in the order in which they are subscribed. */
export const USER_TOPICS = [
  'self', 'channels', 'messages', 'notifications', 'contacts', 'participants', 'users', 'reactions', 'threads', 'calls',
] as const;

export type UserTopic = (typeof USER_TOPICS)[number];

export type UserReference = { id: number } | { username: string };

export type ChannelType = 'DIRECT' | 'PUBLIC' | 'PRIVATE';

export interface Channel {
  id: number;
  type: ChannelType;
  name: string;
  displayName?: string;
  creator?: User;
  /** Of DIRECT channels; includes the current user. */
  members?: User[];
  createdTime: string;
  properties: Record<string, unknown>;
  _relays: Links<'self' | 'members' | 'calls'>;
  _topics: Record<string, string>;
  _actions: Links<'call', 'join' | 'leave' | 'invite'>;
}

export type CallType = 'CONFERENCE' | 'PRESENTER';
export type CallState = 'PENDING' | 'ACTIVE' | 'ENDED';
export type CallEndReason = 'COMPLETED' | 'DECLINED' | 'CANCELLED' | 'MISSED' | 'BUSY' | 'FAILED';
export type CallOutcome =
  | 'INVITED' | 'ACCEPTED' | 'DECLINED' | 'MISSED' | 'BUSY' | 'CANCELLED' | 'LEFT' | 'FAILED';

/** One user's part in a call. */
export interface CallParticipant {
  userId: number;
  outcome: CallOutcome;
  invitedTime: string;
  joinedTime?: string;
  leftTime?: string;
}

export interface Call {
  id: number;
  channelId?: number;
  type: CallType;
  creator: User;
  state: CallState;
  /** Media goes between the devices instead of through the server. */
  p2p: boolean;
  properties: Record<string, unknown>;
  createdTime: string;
  /** When two participants were there for the first time. */
  activeTime?: string;
  endTime?: string;
  endReason?: CallEndReason;
  participants?: CallParticipant[];
  _relays: Links<'self' | 'participants'>;
  _topics: Links<'self' | 'participants' | 'signals' | 'userMediaSettings', 'media'>;
  _actions: Links<'ready' | 'signal', 'decline' | 'reject'>;
}

export interface UserMediaSettings {
  user: User;
  audio: { enabled: boolean };
  video: { enabled: boolean; minimumWidth: number; minimumHeight: number; minimumFrameRate: number };
}

/** What a track shows or carries. */
export type TrackSource = 'microphone' | 'camera' | 'screen' | 'screenAudio';

/** Which of a participant's streams: microphone and camera together, or the shared screen with its sound. */
export type StreamSource = 'camera' | 'screen';

export interface SessionDescription {
  type: 'offer' | 'answer';
  sdp: string;
}

export interface Candidate {
  candidate: string;
  sdpMid: string;
  sdpMLineIndex: number;
}

/** A step of connecting devices. Without `peer` it comes from the server's media plane. */
export interface CallSignal {
  type: 'CREATE_OFFER' | 'ANSWER_OFFER' | 'SEND_DESCRIPTION' | 'ADD_CANDIDATE' | 'DISCONNECT_PEER';
  peer?: User;
  payload?: SessionDescription | Candidate;
  createdTime: string;
}

/** What the receive sections of this device carry; each snapshot replaces the one before. */
export interface CallMedia {
  version: number;
  tracks: { mid: string; source: TrackSource; user: User; session: number }[];
  /** Receive sections to add. */
  wanted: { audio: number; video: number };
}
