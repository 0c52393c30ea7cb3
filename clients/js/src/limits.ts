/** Every time and count that bounds this library, in one place. Times in milliseconds. */

/** Longest wait for the answer to a relay, reconnects included. */
export const RELAY_TIMEOUT_MS = 15_000;
/** Longest wait for the result of an action, reconnects included. */
export const ACTION_TIMEOUT_MS = 15_000;
/** Longest wait for a subscription to be confirmed, reconnects included. */
export const TOPIC_TIMEOUT_MS = 15_000;
/** Longest `startSession`. */
export const SESSION_START_TIMEOUT_MS = 15_000;
/** Longest wait for the goodbye of the server in `endSession`. */
export const SESSION_END_TIMEOUT_MS = 2_000;
/** Ended subscriptions of which the server may not know yet. */
export const MAX_GOODBYES = 64;
/** Longest time from opening a socket to CONNECTED. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** First pause before reconnecting. Short: most losses are a blink, and a call is waiting. */
export const RECONNECT_FIRST_MS = 200;
/** Longest pause. Above it a network that is back would be noticed late. */
export const RECONNECT_MOST_MS = 5_000;

/** The server is asked for a sign of life this often; two silent periods mean it is gone. */
export const HEARTBEAT_IN_MS = 10_000;
/** Ours. Rare: background tabs throttle timers, and every frame counts as a sign of life. */
export const HEARTBEAT_OUT_MS = 60_000;

/** Invitations that ring at the same time; older ones are forgotten. */
export const MAX_RINGING = 64;

/** Receive sections offered from the start: three others with two screens, and the two the server wants free. */
export const SPARE_AUDIO_SECTIONS = 6;
export const SPARE_VIDEO_SECTIONS = 7;
/** Most receive sections of one connection. One of video takes 2.5 KiB of the offer, which may have 256 KiB. */
export const MAX_RECEIVE_SECTIONS = 90;

/** Longest wait for the answer to an offer, per attempt. */
export const ANSWER_TIMEOUT_MS = 8_000;
/** Pause before an offer that the server refused is sent again, times the attempt. */
export const OFFER_PAUSE_MS = 500;
/** Attempts to get an offer answered before the call is given up. */
export const OFFER_ATTEMPTS = 3;
/** How long a media path may be interrupted before another one is looked for. */
export const ICE_RESTART_AFTER_MS = 3_000;
/** Longest wait for media to connect after an answer, before a new connection is made. */
export const MEDIA_CONNECT_TIMEOUT_MS = 10_000;
/** New connections in a row that may fail before the call is given up. */
export const REJOIN_ATTEMPTS = 5;
/** ICE restarts in a row between two devices before that pair is given up. */
export const PEER_RESTART_ATTEMPTS = 5;
/** Candidates of a peer kept until its description arrives. */
export const MAX_QUEUED_CANDIDATES = 64;

/** What the camera is asked for, and the most that is sent of it and of the screen. */
export const CAMERA = { width: 1280, height: 720, frameRate: 30 } as const;
export const SCREEN_FRAME_RATE = 30;
export const CAMERA_MAX_BITRATE = 1_700_000;
export const SCREEN_MAX_BITRATE = 2_500_000;
