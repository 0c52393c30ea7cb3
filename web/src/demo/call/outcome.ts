/** What became of a call, in words. Pure. */
import type { Call, CallParticipant } from 'whisker-client';

export type Direction = 'outgoing' | 'incoming' | 'missed';

export interface Outcome {
  direction: Direction;
  /** One or two words: "Declined", "No answer". */
  label: string;
  /** Seconds of talking; 0 when nobody talked. */
  seconds: number;
}

/** How user `me` remembers a call that is over. */
export function outcomeFor(call: Call, me: number): Outcome {
  const isMine = call.creator.id === me;
  const seconds = secondsTalked(call);
  const mine = call.participants?.find((participant) => participant.userId === me);
  if (isMine) return { direction: 'outgoing', label: outgoingLabel(call), seconds };
  if (mine && mine.joinedTime === undefined) {
    return { direction: mine.outcome === 'DECLINED' ? 'incoming' : 'missed', label: unansweredLabel(mine), seconds: 0 };
  }
  return { direction: 'incoming', label: call.endReason === 'FAILED' ? 'Connection failed' : 'Answered', seconds };
}

/** What to tell somebody whose call has just ended without their doing; null when there is nothing to explain. */
export function endedNotice(call: Call, me: number, who: string): string | null {
  const isMine = call.creator.id === me;
  switch (call.endReason) {
    case 'DECLINED':
      return isMine ? `${who} declined the call` : null;
    case 'MISSED':
      return isMine ? `${who} did not answer` : null;
    case 'BUSY':
      return isMine ? `${who} is in another call` : null;
    case 'FAILED':
      return 'The call broke off: the connection failed';
    case 'CANCELLED':
    case undefined:
      return null;
    case 'COMPLETED': {
      const seconds = secondsTalked(call);
      return seconds > 0 ? `Call ended after ${duration(seconds)}` : 'Call ended';
    }
  }
}

export function secondsTalked({ activeTime, endTime }: Call): number {
  if (!activeTime || !endTime) return 0;
  return Math.max(0, Math.round((Date.parse(endTime) - Date.parse(activeTime)) / 1000));
}

/** `0:07`, `12:05`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** `7 s`, `12 min`, `1 h 2 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function outgoingLabel(call: Call): string {
  switch (call.endReason) {
    case 'DECLINED':
      return 'Declined';
    case 'MISSED':
      return 'No answer';
    case 'BUSY':
      return 'Busy';
    case 'CANCELLED':
      return 'Cancelled';
    case 'FAILED':
      return 'Connection failed';
    case 'COMPLETED':
    case undefined:
      return 'Answered';
  }
}

function unansweredLabel({ outcome }: CallParticipant): string {
  switch (outcome) {
    case 'DECLINED':
      return 'You declined';
    case 'BUSY':
      return 'You were busy';
    default:
      return 'Missed';
  }
}
