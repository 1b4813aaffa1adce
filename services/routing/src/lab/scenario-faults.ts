import { LabDistribution, type LabDuration, type LabScenario, type LabShift, type LabTraffic } from '@patchbay/contracts/routing/v1/routing_lab_service';

/** One thing in a scenario that is not right. */
export interface ScenarioFault {
  /** Where, in the names of JSON, e.g. `traffic[0].talk.meanSeconds`. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** What a scenario may name. */
export interface KnownNames {
  hasQueue(name: string): boolean;
  hasAgent(name: string): boolean;
}

/** As long as a recorded span may be: seven days. */
const longestMinutes = 10_080;
/** A thread holds so many in its memory. */
const mostContacts = 500_000;
const longestSeconds = 86_400;
const mostVariation = 10;

interface Span {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** Contacts that the rates lead one to expect. */
function expectedContacts(traffic: readonly LabTraffic[]): number {
  return traffic.flatMap(({ rates }) => rates).reduce((sum, { fromMinute, toMinute, perHour }) => sum + (Math.max(0, toMinute - fromMinute) / 60) * perHour, 0);
}

/** Collects faults of one scenario, so that all are told at once. */
class FaultList {
  readonly faults: ScenarioFault[] = [];

  add(path: string, message: string, remedy: string): void {
    this.faults.push({ path, message, remedy });
  }

  /** Spans by time, within the whole, each after the one before. */
  checkSpans(path: string, spans: readonly Span[], within: Span): void {
    let lastMinute = within.fromMinute;
    for (const [index, { fromMinute, toMinute }] of spans.entries()) {
      const place = `${path}[${String(index)}]`;
      if (fromMinute < lastMinute) this.add(`${place}.fromMinute`, 'is before the span that it is in, or overlaps the one before', `Begin at minute ${String(lastMinute)} or later.`);
      if (toMinute <= fromMinute || toMinute > within.toMinute) this.add(`${place}.toMinute`, 'is not after the beginning, or too late', `End after the beginning, at minute ${String(within.toMinute)} or before.`);
      lastMinute = Math.max(lastMinute, toMinute);
    }
  }

  checkDuration(path: string, duration: LabDuration): void {
    const { distribution, meanSeconds, variation } = duration;
    if (distribution !== LabDistribution.FIXED && distribution !== LabDistribution.EXPONENTIAL && distribution !== LabDistribution.LOG_NORMAL) {
      this.add(`${path}.distribution`, 'is missing or not known', 'Write fixed, exponential or log_normal.');
    }
    if (!(meanSeconds >= 0 && meanSeconds <= longestSeconds)) this.add(`${path}.meanSeconds`, 'is out of range', `Write a number of seconds from 0 to ${String(longestSeconds)}.`);
    if (!(variation >= 0 && variation <= mostVariation)) this.add(`${path}.variation`, 'is out of range', `Write a number from 0 to ${String(mostVariation)}.`);
  }

  checkTraffic(path: string, traffic: LabTraffic, whole: Span, known: KnownNames): void {
    if (!known.hasQueue(traffic.queue)) this.add(`${path}.queue`, 'is no queue of the routing domain', 'Name a queue that is there, or give it with the policy.');
    if (traffic.channel === '') this.add(`${path}.channel`, 'is missing', 'Name a channel, e.g. voice.');
    this.checkSpans(`${path}.rates`, traffic.rates, whole);
    for (const [index, { perHour }] of traffic.rates.entries()) {
      if (!(perHour >= 0 && Number.isFinite(perHour))) this.add(`${path}.rates[${String(index)}].perHour`, 'is out of range', 'Write a number of contacts an hour, 0 or more.');
    }
    if (traffic.talk === undefined) this.add(`${path}.talk`, 'is missing', 'Say how long a contact takes.');
    for (const figure of ['talk', 'wrapUp', 'patience', 'answer'] as const) {
      const duration = traffic[figure];
      if (duration !== undefined) this.checkDuration(`${path}.${figure}`, duration);
    }
    if (traffic.priority < 0 || traffic.priority > 86_400) this.add(`${path}.priority`, 'is out of range', 'Write seconds from 0 to 86400.');
  }

  checkShift(path: string, shift: LabShift, whole: Span, known: KnownNames): void {
    for (const [index, name] of shift.agents.entries()) {
      if (!known.hasAgent(name)) this.add(`${path}.agents[${String(index)}]`, 'is no agent', 'Name an agent that is there, or give it with the policy.');
    }
    const before = this.faults.length;
    this.checkSpans(path, [shift], whole);
    // Faults of the one span are told of the shift itself.
    for (const [index, fault] of this.faults.entries()) if (index >= before) this.faults[index] = { ...fault, path: fault.path.replace(`${path}[0]`, path) };
    this.checkSpans(`${path}.breaks`, shift.breaks, shift);
  }
}

/** Everything in a scenario that is not right; empty when it can be run. */
export function findScenarioFaults(scenario: LabScenario, known: KnownNames): ScenarioFault[] {
  const list = new FaultList();
  const { start, minutes, traffic, shifts } = scenario;
  if (start === undefined) list.add('start', 'is missing', 'Give the moment at which it begins.');
  if (minutes < 1 || minutes > longestMinutes) list.add('minutes', 'is out of range', `Write a whole number from 1 to ${String(longestMinutes)}.`);
  if (traffic.length === 0) list.add('traffic', 'is empty', 'Give at least one kind of contacts.');
  const whole = { fromMinute: 0, toMinute: minutes };
  for (const [index, one] of traffic.entries()) list.checkTraffic(`traffic[${String(index)}]`, one, whole, known);
  for (const [index, one] of shifts.entries()) list.checkShift(`shifts[${String(index)}]`, one, whole, known);
  if (expectedContacts(traffic) > mostContacts) list.add('traffic', `makes more than ${String(mostContacts)} contacts`, 'Ask for less traffic or a shorter time.');
  return list.faults;
}
