import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { CliContext } from './context.ts';
import { runCli } from './program.ts';
import { formatFaults } from './commands/resources.ts';
import { formatChart } from './commands/figures.ts';
import { formatReplay, formatSimulation, formatWhatIf } from './commands/lab.ts';
import { ReplayResult, SimulateResult, WhatIfResult } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { GetKpisResponse } from '@patchbay/contracts/analytics/v1/analytics_service';

async function run(...argv: string[]) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => new PassThrough().on('data', (chunk: Buffer) => (written[name] += chunk.toString()));
  const context: CliContext = { env: {}, cwd: '/nowhere', root: '/nowhere', version: '1.2.3', stdin: new PassThrough(), stdout: stream('out'), stderr: stream('err'), signal: new AbortController().signal, nowMs: () => 0 };
  const code = await runCli(argv, context);
  return { code, ...written };
}

const commands = [
  ['sign-in'], ['sign-out'], ['set-password'], ['set-phone-password'], ['keys', 'create'], ['keys', 'list'], ['keys', 'revoke'],
  ['apply'], ['resources', 'list'], ['resources', 'get'], ['resources', 'remove'],
  ['contacts', 'list'], ['contacts', 'get'], ['contacts', 'watch'], ['agents', 'list'], ['agents', 'state'], ['queues'], ['queues', 'waiting'], ['queues', 'promises'],
  ['events', 'watch'], ['dead-letters', 'list'], ['dead-letters', 'replay'], ['recordings', 'list'], ['recordings', 'get'], ['recordings', 'transcript'],
  ['scores', 'get'], ['kpi'], ['chart'], ['sql'], ['routing', 'replay'], ['routing', 'what-if'], ['routing', 'simulate'], ['surge', 'show'], ['surge', 'start'], ['surge', 'stop'],
  ['call-backs', 'request'], ['call-backs', 'cancel'], ['doctor'],
];

describe('the command line', () => {
  test.each(commands.map((words) => [words.join(' '), words] as const))('%s says how it is used', async (_name, words) => {
    const { code, out } = await run(...words, '--help');
    expect(code).toBe(0);
    expect(out).toContain(`Usage: patchbay ${words.join(' ')}`);
    expect(out).toContain('--json');
  });

  test('tells its version', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, out: '1.2.3\n' });
  });

  test.each([
    ['a command that does not exist', ['contact']],
    ['an option that does not exist', ['queues', '--loud']],
    ['an argument that is missing', ['contacts', 'get']],
    ['an option that is missing', ['recordings', 'get', 'x']],
    ['a number that is none', ['contacts', 'list', '--limit', 'all']],
    ['a state that is none', ['contacts', 'list', '--status', 'lost']],
    ['a time that is none', ['kpi', '--from', 'soon']],
    ['an interval that is none', ['kpi', '--interval', '7']],
    ['a role that is none', ['keys', 'create', '--title', 'x', '--role', 'root']],
    ['no files', ['apply']],
    ['no policy', ['routing', 'what-if', '--from', 'today']],
    ['no reason', ['surge', 'start', 'rush']],
    ['no entry point', ['call-backs', 'request', '13800001234']],
    ['too many tries', ['call-backs', 'request', '13800001234', '-e', 'main', '--tries', '9']],
    ['no scenario', ['routing', 'simulate']],
  ])('%s ends with 2 and says why', async (_what, argv) => {
    const { code, err, out } = await run(...argv);
    expect(code).toBe(2);
    expect(err).not.toBe('');
    expect(out).toBe('');
  });

  test('without a server ends with 1, in words and as JSON', async () => {
    expect(await run('queues')).toMatchObject({ code: 1, err: expect.stringContaining('npm start') });
    const { code, err } = await run('queues', '--json');
    expect([code, JSON.parse(err)]).toEqual([1, { error: expect.objectContaining({ code: 'CLI_NO_ADDRESS', retryable: false }) }]);
  });

  test('a file that is not there ends with 1', async () => {
    expect(await run('apply', '-f', 'nothing.yaml')).toMatchObject({ code: 1, err: expect.stringContaining('/nowhere/nothing.yaml') });
  });
});

test('faults of files are a list to work through', () => {
  const fault = { file: 'a.yaml', line: 12, resource: 'Queue/billing', path: 'spec.priority', message: 'is less than 0', remedy: 'Write a whole number from 0 to 86400.' };
  expect(formatFaults([fault, { ...fault, line: 0, resource: '', path: '' }])).toBe(
    'a.yaml:12  Queue/billing spec.priority\n    is less than 0\n    Write a whole number from 0 to 86400.\n\na.yaml\n    is less than 0\n    Write a whole number from 0 to 86400.\n\n2 faults, nothing was applied.\n',
  );
});

test('a chart has a bar for each interval and a dot where there is no figure', () => {
  const at = (minutes: number) => new Date(2026, 0, 5, 9, minutes);
  const response = GetKpisResponse.fromPartial({
    kpis: [
      { queue: '账单', intervalStart: at(0), offered: 1n, serviceLevelPct: 100 },
      { queue: '账单', intervalStart: at(15), offered: 8n },
      { queue: 'tech', intervalStart: at(15), offered: 4n, serviceLevelPct: 50 },
    ],
  });
  expect(formatChart('offered', response).split('\n').slice(1, 3)).toEqual(['账单  ▁█  1–8, last 8', 'tech  ·▄  4–4, last 4']);
  expect(formatChart('service-level', response)).toContain('账单  ▄·  100–100, last 100 %');
});

describe('answers of the lab', () => {
  test('a what-if stands side by side, in all and by queue', () => {
    const report = (pct: number) => {
      const figures = { offered: 200n, answered: 180n, abandoned: 20n, answeredOfOfferedPct: pct, asaSeconds: 12.5 };
      return { total: figures, queues: [{ queue: 'sales', figures }], occupancyPct: 81 };
    };
    const text = formatWhatIf(WhatIfResult.fromPartial({ recorded: report(70), current: report(71), proposed: report(85.5), requests: 230n }));
    expect(text).toMatch(/\(all\) +RECORDED +AS IT IS +PROPOSED/);
    expect(text).toMatch(/answered in target \/ offered +70 % +71 % +85\.5 %/);
    expect(text.match(/occupancy/g)).toHaveLength(1);
    expect(text).toContain('sales');
    expect(text).toContain('230 requests');
  });

  test('a simulation without a proposal has one column', () => {
    const figures = { offered: 30n, answered: 30n };
    const text = formatSimulation(SimulateResult.fromPartial({ current: { total: figures, queues: [{ queue: 'sales', figures }] }, requests: 31n }));
    expect(text).toMatch(/\(all\) +AS IT IS *\n/);
    expect(text).not.toContain('PROPOSED');
    expect(text).toContain('31 requests drawn');
  });

  test('a replay that differs says so', () => {
    const check = { name: 'live_at_snapshot', sequence: 41n, leftSha256: 'a'.repeat(64), rightSha256: 'b'.repeat(64), same: false };
    const text = formatReplay(ReplayResult.fromPartial({ same: false, complete: true, facts: 40n, lastSequence: 41n, checks: [check] }));
    expect(text).toContain('live at snapshot');
    expect(text).toContain('DIFFERENT');
    expect(text).toContain('NOT the same');
  });
});
