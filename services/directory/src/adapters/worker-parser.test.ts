import { afterEach, expect, test } from '@jest/globals';
import type { FileParser } from '../ports.ts';
import { createWorkerParser } from './worker-parser.ts';

let parser: FileParser | undefined;
afterEach(async () => {
  await parser?.stop();
});

const good = [{ name: 'a.yaml', yaml: 'kind: Skill\nname: x\nspec: {}\n' }];

test('a file that takes too long is given up, and the next one is read in a thread of its own', async () => {
  parser = createWorkerParser({ timeoutMs: 2_500 });
  expect((await parser.parse(good)).resources.map((one) => one.name)).toEqual(['x']);
  const endless = [{ name: 'b.yaml', yaml: Array.from({ length: 400_000 }, (_, index) => `- &a${index} {k: [x, y]}`).join('\n').slice(0, 4_000_000) }];
  await expect(parser.parse(endless)).rejects.toMatchObject({ code: 'DIRECTORY_PARSE_TIMEOUT' });
  const both = await Promise.all([parser.parse(good), parser.parse([{ name: 'c.yaml', yaml: 'kind: Line\n' }])]);
  expect(both.map((parsed) => [parsed.resources.length, parsed.faults.length > 0])).toEqual([
    [1, false],
    [0, true],
  ]);
});
