import { RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from '../limits.js';

/**
 * Pause before reconnect attempt `attempt` (0 = first): doubles up to the longest, then half of it is random, so that
 * the clients of a restarted server do not come back all at once.
 */
export function reconnectDelay(attempt: number, random: number = Math.random()): number {
  const whole = Math.min(RECONNECT_MOST_MS, RECONNECT_FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.max(RECONNECT_FIRST_MS, Math.round(whole * (0.5 + random / 2)));
}
