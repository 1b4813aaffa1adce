import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until a check gives a value other than undefined or false, looking every 20 ms; the failure after `timeoutMs`
 * names what was waited for and the last fault.
 */
export async function eventually<Value>(what: string, check: () => Promise<Value> | Value, timeoutMs = 20_000): Promise<Exclude<Value, undefined | false>> {
  const deadlineMs = performance.now() + timeoutMs;
  let fault: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value as Exclude<Value, undefined | false>;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    if (performance.now() > deadlineMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`, { cause: fault });
    await delay(20);
  }
}
