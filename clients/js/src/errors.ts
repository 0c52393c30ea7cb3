/**
 * Everything that can go wrong, as one shape: `{ error, message, timestamp }`, the shape of the server's own errors.
 * `error` is a name to branch on, `message` is for humans.
 */

/** Names of errors made by this library. Others come from the server: `AccessDeniedError`, `NotFoundError`, … */
export const ErrorName = {
  /** `startSession` while a session runs. */
  SessionActive: 'SessionActiveError',
  /** A method that needs a session, without one. */
  NoActiveSession: 'NoActiveSessionError',
  /** No answer in time; the connection may be away. */
  Timeout: 'TimeoutError',
  /** The server could not be reached. */
  Connection: 'ChatKittyConnectionError',
  /** An answer that is not what the protocol says. */
  Unknown: 'UnknownChatKittyError',
  ChannelNotPubliclyJoinable: 'ChannelNotPubliclyJoinableError',
  NotAChannelMember: 'NotAChannelMemberError',
  ChannelNotInvitable: 'ChannelNotInvitableError',
  PageOutOfBounds: 'PageOutOfBoundsError',
  /** A method that needs a call, without one. */
  NoActiveCall: 'NoActiveCallError',
  /** A call is joined while another one runs. */
  CallActive: 'CallActiveError',
  /** The call was left before it was joined. */
  CallCancelled: 'CallCancelledError',
  /** The call was over before it was joined. */
  CallEnded: 'CallEndedError',
  /** This environment has no WebRTC, or the page may not use it. */
  MediaUnavailable: 'MediaUnavailableError',
  /** The media connection could not be made. */
  MediaFailed: 'MediaFailedError',
} as const;

/** The name with which the server refuses for good. */
export const ACCESS_DENIED = 'AccessDeniedError';

export class ChatKittyError extends Error {
  /** Name to branch on. */
  readonly error: string;
  /** When it happened, ISO 8601. */
  readonly timestamp: string;

  constructor(error: string, message: string, timestamp = new Date().toISOString()) {
    super(message);
    this.name = error;
    this.error = error;
    this.timestamp = timestamp;
  }
}

/** Reads an error body of the server. */
export function parseError(body: string): ChatKittyError {
  try {
    const { error, message, timestamp } = JSON.parse(body) as Record<string, unknown>;
    if (typeof error === 'string') return new ChatKittyError(error, String(message ?? error), timestamp?.toString());
  } catch {
    // Not JSON: reported below.
  }
  return new ChatKittyError(ErrorName.Unknown, body || 'an error without explanation');
}

/** Whatever was thrown, as a `ChatKittyError`. */
export function toError(thrown: unknown): ChatKittyError {
  if (thrown instanceof ChatKittyError) return thrown;
  // Native modules reject with things that only look like errors.
  const { name, message } = (typeof thrown === 'object' && thrown ? thrown : {}) as { name?: unknown; message?: unknown };
  if (typeof message === 'string') return new ChatKittyError(typeof name === 'string' ? name : ErrorName.Unknown, message);
  return new ChatKittyError(ErrorName.Unknown, String(thrown));
}
