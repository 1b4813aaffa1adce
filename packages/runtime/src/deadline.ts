/** A signal that aborts after `timeoutMs` with a TimeoutError, or as soon as the parent does. */
export function deadlineSignal(timeoutMs: number, parent?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(timeoutMs)));
  return parent === undefined ? timeout : AbortSignal.any([timeout, parent]);
}

/**
 * Waits for a promise no longer than the signal lives; the promise itself goes on unless it watches the signal too.
 * Rejects with the signal's reason.
 */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) {
    // Nobody waits for it any more: that it failed, too, is nobody's fault to catch.
    promise.catch(() => undefined);
    return Promise.reject(signal.reason as Error);
  }
  return new Promise((resolve, reject) => {
    const aborted = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', aborted);
    });
  });
}
