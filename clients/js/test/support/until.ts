/** Waiting for a condition, with a bound that only a broken run reaches. Works while tests hold the timers. */

const PATIENCE_MS = 10_000;
const { setTimeout: later } = globalThis;

export async function until<T>(what: string, condition: () => T): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = condition();
    if (value) return value as Exclude<T, false | null | undefined>;
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => later(resolve, 1));
  }
}

/** Lets everything run that only waits for its turn. */
export async function settle(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
