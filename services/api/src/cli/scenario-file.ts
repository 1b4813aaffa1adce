import { parseDocument } from 'yaml';
import type { ResourceFault } from '@patchbay/contracts/directory/v1/directory_service';
import { LabDistribution, type LabBreak, type LabDuration, LabScenario, type LabShift, type LabTraffic } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { type Fields, FaultsOfFile, readFields } from './scenario-fields.ts';

const distributions: Readonly<Record<string, LabDistribution>> = { fixed: LabDistribution.FIXED, exponential: LabDistribution.EXPONENTIAL, log_normal: LabDistribution.LOG_NORMAL };

const readSpan = (fields: Fields): LabBreak => ({ fromMinute: fields.minute('from'), toMinute: fields.minute('to') });

const readDuration = (fields: Fields): LabDuration => ({
  distribution: distributions[fields.text('distribution')] ?? LabDistribution.UNSPECIFIED,
  meanSeconds: fields.number('meanSeconds'),
  variation: fields.number('variation'),
});

const readTraffic = (fields: Fields): LabTraffic => ({
  queue: fields.text('queue'),
  channel: fields.text('channel'),
  rates: fields.list('rates', (rate) => ({ ...readSpan(rate), perHour: rate.number('perHour') })),
  talk: fields.fields('talk', readDuration),
  wrapUp: fields.fields('wrapUp', readDuration),
  patience: fields.fields('patience', readDuration),
  answer: fields.fields('answer', readDuration),
  priority: fields.integer('priority'),
  skills: fields.list('skills', (skill) => ({ skill: skill.text('skill'), minLevel: skill.integer('minLevel') })),
});

const readShift = (fields: Fields): LabShift => ({ agents: fields.names('agents'), ...readSpan(fields), breaks: fields.list('breaks', readSpan) });

/** Midnight of the day, local time; undefined when it is none. */
function toMidnight(day: string): Date | undefined {
  const midnight = new Date(`${day}T00:00:00`);
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(midnight.getTime()) ? midnight : undefined;
}

function readScenario(fields: Fields, faults: FaultsOfFile): LabScenario {
  const start = toMidnight(fields.text('day'));
  if (start === undefined) faults.add('day', 'is missing or no day', 'Write year, month and day, e.g. 2026-03-02.');
  const traffic = fields.list('traffic', readTraffic);
  const shifts = fields.list('shifts', readShift);
  const lastMinute = Math.max(1, ...[...traffic.flatMap(({ rates }) => rates), ...shifts].map(({ toMinute }) => toMinute));
  return { start, minutes: lastMinute, traffic, shifts };
}

/** A scenario as it is written, or everything in it that cannot be read. Names and ranges are checked by the server. */
export function parseScenario({ name, yaml }: { name: string; yaml: string }): { scenario: LabScenario; faults: ResourceFault[] } {
  const faults = new FaultsOfFile(name);
  const document = parseDocument(yaml);
  for (const error of document.errors) faults.faults.push({ file: name, line: error.linePos?.[0].line ?? 0, resource: '', path: '', message: error.message.split('\n')[0] ?? '', remedy: 'Correct the YAML.' });
  if (document.errors.length > 0) return { scenario: LabScenario.fromPartial({}), faults: faults.faults };
  const scenario = readFields(document.toJS({ maxAliasCount: 100 }), '', { faults, read: (fields) => readScenario(fields, faults) });
  return { scenario, faults: faults.faults };
}

/** A fault that the server found, in the words of the file. */
export function toFileFault(fault: ResourceFault, file: string): ResourceFault {
  if (fault.file !== '') return fault;
  const path = fault.path.replace(/\.fromMinute$/, '.from').replace(/\.toMinute$/, '.to').replace(/^start$/, 'day');
  return { ...fault, file, resource: '', path };
}
