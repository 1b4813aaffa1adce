// Sums what the test runs left in a folder and prints the last line of .ci/run. A step that failed without a failed test
// (types, lint, an installation) counts as one failure, so that "0 failed" always means that all is well.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, failedSteps] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites = 0 } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  passed += numPassedTests;
  // A suite that could not even be loaded has no tests to count.
  failed += numFailedTests + numRuntimeErrorTestSuites;
}
failed = Math.max(failed, Number(failedSteps));
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
