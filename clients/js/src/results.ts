/** Results as values: a method that asks the server never throws for what the server answers. */
import { toError, type ChatKittyError } from './errors.js';

export interface ChatKittySucceededResult {
  succeeded: true;
  failed: false;
  cancelled: false;
  error?: undefined;
}

export interface ChatKittyFailedResult {
  succeeded: false;
  failed: true;
  cancelled: false;
  error: ChatKittyError;
}

/** A result: `Fields` when it succeeded, `error` when it failed. */
export type ChatKittyResult<Fields = object> = Succeeded<Fields> | ChatKittyFailedResult;

export type Succeeded<Fields> = ChatKittySucceededResult & Fields;

/** Narrows to the succeeded result. */
export function succeeded<Fields>(result: ChatKittyResult<Fields>): result is Succeeded<Fields> {
  return result.succeeded;
}

/** Narrows to the failed result. */
export function failed<Fields>(result: ChatKittyResult<Fields>): result is ChatKittyFailedResult {
  return result.failed;
}

export function success<Fields extends object>(fields: Fields): Succeeded<Fields> {
  return { succeeded: true, failed: false, cancelled: false, ...fields };
}

export function failure(thrown: unknown): ChatKittyFailedResult {
  return { succeeded: false, failed: true, cancelled: false, error: toError(thrown) };
}

/** Runs `work` and turns what it returns or throws into a result. */
export async function resultOf<Fields extends object>(work: () => Promise<Fields>): Promise<ChatKittyResult<Fields>> {
  try {
    return success(await work());
  } catch (thrown) {
    return failure(thrown);
  }
}
