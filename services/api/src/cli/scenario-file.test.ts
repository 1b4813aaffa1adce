import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { LabDistribution } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { parseScenario, toFileFault } from './scenario-file.ts';

const example = fileURLToPath(new URL('../../../../docs/examples/scenario.yaml', import.meta.url));
const parse = (yaml: string) => parseScenario({ name: 'day.yaml', yaml });
const pathsOf = (yaml: string) => parse(yaml).faults.map(({ path }) => path);

describe('a scenario file', () => {
  test('the example of the guide can be read, to its last minute', async () => {
    const { scenario, faults } = parse(await readFile(example, 'utf8'));
    expect(faults).toEqual([]);
    expect(scenario.start).toEqual(new Date('2026-03-02T00:00:00'));
    expect(scenario.minutes).toBe(18 * 60);
    expect(scenario.traffic[0]).toMatchObject({ queue: 'billing', talk: { distribution: LabDistribution.LOG_NORMAL, meanSeconds: 240, variation: 0.9 } });
    expect(scenario.traffic[0]?.rates[1]).toEqual({ fromMinute: 600, toMinute: 720, perHour: 24 });
    expect(scenario.shifts[0]).toMatchObject({ agents: ['1001', '1002', '1003'], fromMinute: 540, toMinute: 1_080, breaks: [{ fromMinute: 720, toMinute: 765 }] });
  });

  test('a night goes on beyond midnight', () => {
    expect(parse('day: 2026-03-02\nshifts: [{ agents: [ann], from: "22:00", to: "30:00" }]\n').scenario).toMatchObject({ minutes: 1_800, shifts: [{ fromMinute: 1_320, toMinute: 1_800 }] });
  });

  test('every fault is told at once, with its path and what to do', () => {
    const { faults } = parse('day: soon\ncolour: red\ntraffic:\n  - queue: 7\n    rates: [{ from: 9, to: "10:60", perHour: many }]\n    talk: long\n    priority: 1.5\nshifts: [{ agents: [1001], from: "09:00", to: "10:00" }]\n');
    expect(faults.map(({ path }) => path).sort()).toEqual(
      ['colour', 'day', 'shifts[0].agents[0]', 'traffic[0].priority', 'traffic[0].queue', 'traffic[0].rates[0].from', 'traffic[0].rates[0].perHour', 'traffic[0].rates[0].to', 'traffic[0].talk'].sort(),
    );
    expect(faults.every(({ file, message, remedy }) => file === 'day.yaml' && message !== '' && remedy !== '')).toBe(true);
  });

  test.each([
    ['that is no YAML', 'day: [\n', ['']],
    ['that is empty', '', ['', 'day']],
    ['with a list for a mapping', '- day\n', ['', 'day']],
    ['with text for a list', 'day: 2026-03-02\ntraffic: many\n', ['traffic']],
    ['with a day that does not exist', 'day: 2026-13-40\n', ['day']],
  ])('one %s is refused', (_what, yaml, expected) => expect(pathsOf(yaml)).toEqual(expected));

  test('what the server finds is told in the words of the file; faults of the policy stay as they are', () => {
    const fault = { file: '', line: 0, resource: 'scenario', path: 'traffic[0].rates[1].fromMinute', message: 'overlaps', remedy: 'Begin later.' };
    expect(toFileFault(fault, 'day.yaml')).toMatchObject({ file: 'day.yaml', resource: '', path: 'traffic[0].rates[1].from' });
    expect(toFileFault({ ...fault, file: 'new.yaml' }, 'day.yaml')).toEqual({ ...fault, file: 'new.yaml' });
  });
});
