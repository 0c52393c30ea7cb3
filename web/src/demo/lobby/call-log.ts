/** Calls of the channels this user is in. Pure; `use-call-log.ts` fetches them. */
import type { Call, Channel } from 'whisker-client';

/** A call with what is needed to show it and to ring again. */
export interface LoggedCall {
  call: Call;
  channel: Channel;
  /** Display names of the others. */
  names: readonly string[];
}

export interface CallLog {
  ongoing: readonly LoggedCall[];
  /** Newest first; null while they are being asked for. */
  past: readonly LoggedCall[] | null;
}

/** Past calls that are shown. */
export const LOG_LENGTH = 30;

/** Splits what was fetched into calls that go on and calls that were. */
export function sortLog(entries: readonly LoggedCall[]): CallLog {
  const newestFirst = [...entries].sort((a, b) => Date.parse(b.call.createdTime) - Date.parse(a.call.createdTime));
  return {
    ongoing: newestFirst.filter(({ call }) => call.state !== 'ENDED'),
    past: newestFirst.filter(({ call }) => call.state === 'ENDED').slice(0, LOG_LENGTH),
  };
}
