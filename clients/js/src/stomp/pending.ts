/** Something awaited that settles exactly once: by an answer, an error, or its timeout. */
import { deferred } from './deferred.js';

export class Pending<T> {
  readonly promise: Promise<T>;
  isSettled = false;
  private readonly timer: ReturnType<typeof setTimeout>;
  private readonly levers = deferred<T>();

  /** `forget` runs once, when it settles, whatever the outcome. */
  constructor(
    timeout: number,
    late: () => Error,
    private readonly forget: () => void,
  ) {
    this.promise = this.levers.promise;
    // Not everybody waits for every answer; a refusal that nobody reads is not an error of the page.
    this.promise.catch(() => {});
    this.timer = setTimeout(() => this.reject(late()), timeout);
  }

  resolve(value: T): void {
    if (this.settle()) this.levers.resolve(value);
  }

  reject(reason: unknown): void {
    if (this.settle()) this.levers.reject(reason);
  }

  private settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    clearTimeout(this.timer);
    this.forget();
    return true;
  }
}
