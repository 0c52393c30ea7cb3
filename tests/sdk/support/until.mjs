// Waiting, with a bound that only a broken run reaches.
const PATIENCE_MS = 20_000;
const PAUSE_MS = 10;

export async function until(what, condition, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${typeof what === 'function' ? what() : what}`);
    await pause(PAUSE_MS);
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The same for a promise of an SDK: several of them never settle when an answer is missing (protocol 8.1).
export async function within(what, promise, patience = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
