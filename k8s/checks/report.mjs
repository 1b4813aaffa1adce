import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Collects checks. A check passes when it gives no fault; a fault is one line for a person. */
export function createReport() {
  const startedMs = performance.now();
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  return {
    /** Runs one check; `find` gives its faults, or throws. */
    async check(name, find) {
      const sinceMs = performance.now();
      const faults = await Promise.resolve()
        .then(find)
        .catch((error) => [error.stack ?? String(error)]);
      const seconds = ((performance.now() - sinceMs) / 1000).toFixed(1).padStart(5);
      process.stdout.write(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${seconds} s  ${name}\n${faults.map((fault) => `     ${fault.replaceAll('\n', '\n     ')}\n`).join('')}`);
      if (faults.length === 0) passed += 1;
      else failed += 1;
    },
    /** Notes what could not be checked here, and why. */
    skip(name, reason) {
      skipped += 1;
      process.stdout.write(`skip         ${name}: ${reason}\n`);
    },
    /** Prints the counts and leaves them where they are summed up; gives the exit code. */
    finish() {
      const folder = process.env.PATCHBAY_TEST_RESULTS;
      if (folder) {
        mkdirSync(resolve(root, folder), { recursive: true });
        writeFileSync(resolve(root, folder, `k8s-${process.pid}.json`), JSON.stringify({ numPassedTests: passed, numFailedTests: failed }));
      }
      process.stdout.write(`\ntest:k8s: ${passed} passed, ${failed} failed, ${skipped} skipped in ${((performance.now() - startedMs) / 1000).toFixed(0)} s\n`);
      return failed === 0 ? 0 : 1;
    },
  };
}
