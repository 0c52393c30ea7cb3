/** Observers. One that throws is reported and harms nobody else. */

export type Unsubscribe = () => void;

export type Observer<Arguments extends unknown[]> =
  | ((...values: Arguments) => unknown)
  | { onNext(...values: Arguments): unknown };

export class Emitter<Arguments extends unknown[]> {
  private readonly observers = new Map<symbol, Observer<Arguments>>();

  /** Registers an observer; the returned function removes this registration. */
  add(observer: Observer<Arguments>): Unsubscribe {
    const key = Symbol('observer');
    this.observers.set(key, observer);
    return () => {
      this.observers.delete(key);
    };
  }

  emit(...values: Arguments): void {
    for (const observer of [...this.observers.values()]) {
      guarded(() => (typeof observer === 'function' ? observer(...values) : observer.onNext(...values)));
    }
  }
}

/** Runs application code; what it throws, or rejects with, is printed. */
export function guarded(run: () => unknown): void {
  const report = (thrown: unknown): void => console.error('An observer failed:', thrown);
  try {
    const outcome = run();
    if (outcome instanceof Promise) outcome.catch(report);
  } catch (thrown) {
    report(thrown);
  }
}
