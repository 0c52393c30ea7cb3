// Waiting for a condition, with a bound that only a broken run reaches.
export const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

export async function until(what, condition, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await pause(PAUSE_MS);
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
