import { type Agent, AgentChoice, type DateHours, type DaySpan, type Disposition, type EntryPoint, FinalActionKind, type Hours, type Queue, type RelaxationStep, Role, type RoutingPlan, type SurgeAction, SurgeActionKind, type SlaPolicy, type SurgePlan, type User, WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import type { Path } from './path.ts';
import type { Finding, ResourceView } from './view.ts';

/** A fault without its resource. */
interface Fault {
  path: Path;
  message: string;
  remedy: string;
}

const spec = (...path: (string | number)[]): Path => ['spec', ...path];

/** Minutes since midnight of `HH:MM`; `24:00` is 1440. */
function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

function spanFaults(spans: readonly DaySpan[], path: Path): Fault[] {
  const faults: Fault[] = [];
  let previousEnd = -1;
  spans.forEach((span, index) => {
    const from = minutesOf(span.from);
    const to = minutesOf(span.to);
    if (to <= from) faults.push({ path: [...path, index, 'to'], message: '"to" is not after "from"', remedy: 'Write a later time; a span over midnight is two spans, one to 24:00 and one from 00:00 of the next day.' });
    else if (from < previousEnd) faults.push({ path: [...path, index, 'from'], message: 'the span begins before the one above ends', remedy: 'Write spans in order and apart, or join them.' });
    previousEnd = Math.max(previousEnd, to);
  });
  return faults;
}

function dateFaults(dates: readonly DateHours[]): Fault[] {
  const seen = new Set<string>();
  return dates.flatMap((one, index) => {
    const faults = spanFaults(one.spans, spec('dates', index, 'spans'));
    if (seen.has(one.date)) faults.push({ path: spec('dates', index, 'date'), message: `the date ${one.date} is named twice`, remedy: 'Put all spans of a date into one entry.' });
    seen.add(one.date);
    return faults;
  });
}

function hoursFaults(hours: Hours): Fault[] {
  const seen = new Set<number>();
  const week = hours.week.flatMap((one, index) => {
    const faults = spanFaults(one.spans, spec('week', index, 'spans'));
    if (seen.has(one.weekday)) faults.push({ path: spec('week', index, 'weekday'), message: `weekday ${one.weekday} is named twice`, remedy: 'Put all spans of a weekday into one entry.' });
    seen.add(one.weekday);
    return faults;
  });
  return [...week, ...dateFaults(hours.dates)];
}

function relaxationFaults(steps: readonly RelaxationStep[], path: Path): Fault[] {
  return steps.flatMap(({ afterSeconds }, index) =>
    afterSeconds > (steps[index - 1]?.afterSeconds ?? 0)
      ? []
      : [{ path: [...path, index, 'afterSeconds'], message: 'the step is not after the one above', remedy: 'Ages count from the beginning of the request: write them in order.' }],
  );
}

function queueFaults(queue: Queue): Fault[] {
  const { wrapUp } = queue;
  const faults = [
    ...repeatedFaults(queue.requirement?.skills.map((one) => one.skill) ?? [], (index) => spec('requirement', 'skills', index, 'skill'), 'skill'),
    ...relaxationFaults(queue.relaxation, spec('relaxation')),
    ...repeatedFaults(queue.agentOrder, (index) => spec('agentOrder', index), 'agent'),
    ...(queue.choice === AgentChoice.LINEAR && queue.agentOrder.length === 0
      ? [{ path: spec('agentOrder'), message: 'the linear choice needs the agents in order', remedy: 'List them under agentOrder, or choose otherwise.' }]
      : []),
  ];
  if (wrapUp === undefined) return faults;
  const mandatory = wrapUp.mode === WrapUpMode.MANDATORY || wrapUp.mode === WrapUpMode.MANDATORY_TIMED;
  if (mandatory && wrapUp.dispositions === '') {
    faults.push({ path: spec('wrapUp', 'dispositions'), message: 'a mandatory wrap-up needs dispositions to choose from', remedy: 'Name a DispositionTree, or use mode optional.' });
  }
  if (wrapUp.mode === WrapUpMode.MANDATORY_TIMED && wrapUp.limitSeconds === 0) {
    faults.push({ path: spec('wrapUp', 'limitSeconds'), message: 'a timed wrap-up needs a limit', remedy: 'Give 1 to 900 seconds, or use mode mandatory.' });
  }
  return faults;
}

function repeatedFaults(names: readonly string[], pathAt: (index: number) => Path, what: string): Fault[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ path: pathAt(index), message: `the ${what} "${name}" is named twice`, remedy: 'Name it once.' }],
  );
}

function dispositionFaults(codes: readonly Disposition[], path: Path, seen: Set<string>): Fault[] {
  return codes.flatMap((one, index) => {
    const again = seen.has(one.code);
    seen.add(one.code);
    const below = dispositionFaults(one.children, [...path, index, 'children'], seen);
    return again ? [{ path: [...path, index, 'code'], message: `the code "${one.code}" is in the tree twice`, remedy: 'Give each disposition its own code.' }, ...below] : below;
  });
}

function entryPointFaults(entryPoint: EntryPoint): Fault[] {
  const faults: Fault[] = [];
  if (entryPoint.queue === '' && entryPoint.plan === '' && entryPoint.flow === '') {
    faults.push({ path: spec(), message: 'contacts that come in here go nowhere', remedy: 'Name a queue, a plan, or a flow that leads to one.' });
  }
  if (entryPoint.channel === 'email' && !/^[^@\s]+@[^@\s]+$/.test(entryPoint.address)) {
    faults.push({ path: spec('address'), message: 'the address of an e-mail entry point is a mailbox', remedy: 'Write it as local@domain.' });
  }
  if (entryPoint.channel === 'email' && entryPoint.address !== entryPoint.address.toLowerCase()) {
    faults.push({ path: spec('address'), message: 'mail addresses are kept in lower case', remedy: 'Write the address in lower case.' });
  }
  if (entryPoint.channel === 'voice' && !/^[0-9*#]{1,32}$/.test(entryPoint.address)) {
    faults.push({ path: spec('address'), message: 'the address of a voice entry point is the dialled number', remedy: 'Write digits only, without + and spaces.' });
  }
  return faults;
}

function planFaults(plan: RoutingPlan): Fault[] {
  const faults: Fault[] = [];
  let age = 0;
  plan.targets.forEach(({ timeoutSeconds, minCustomerValue, relaxation }, index) => {
    faults.push(...relaxationFaults(relaxation, spec('targets', index, 'relaxation')));
    const path = spec('targets', index, 'timeoutSeconds');
    const last = index === plan.targets.length - 1;
    if (timeoutSeconds === 0) {
      const ends = last && plan.then !== undefined;
      if (!last || ends) faults.push({ path, message: 'nobody ever leaves this target, so nothing after it is reached', remedy: 'Give the age in seconds at which contacts go on, or take what follows away.' });
      return;
    }
    if (timeoutSeconds <= age && minCustomerValue === 0) faults.push({ path, message: `the age of ${timeoutSeconds} s is not after that of the target above`, remedy: 'Ages count from the beginning of the request: write a later one.' });
    age = Math.max(age, timeoutSeconds);
  });
  if (plan.then?.kind === FinalActionKind.QUEUE && plan.then.queue === '') faults.push({ path: spec('then', 'queue'), message: 'the final queue is not named', remedy: 'Name a queue, or choose another kind.' });
  return faults;
}

/** What an action of each kind cannot do without. */
function surgeActionFaults(action: SurgeAction, path: Path): Fault[] {
  const need = (is: boolean, field: string, remedy: string): Fault[] => (is ? [] : [{ path: [...path, field], message: `an action of this kind needs "${field}"`, remedy }]);
  switch (action.kind) {
    case SurgeActionKind.ANNOUNCEMENT:
    case SurgeActionKind.MESSAGE:
      return need(action.name !== '', 'name', 'Name the announcement or message.');
    case SurgeActionKind.OVERFLOW:
      return need(action.name !== '', 'name', 'Name the queue that takes newcomers.');
    case SurgeActionKind.BORROW:
      return need(action.queues.length > 0, 'queues', 'Name the queues whose agents are borrowed.');
    case SurgeActionKind.WRAP_UP:
      return need(action.seconds > 0, 'seconds', 'Give the limit of wrap-up, 1 to 900 seconds.');
    default:
      return [];
  }
}

function surgeFaults({ queues, trigger, actions }: SurgePlan): Fault[] {
  const level = (name: 'waiting' | 'expectedWaitSeconds'): Fault[] => {
    const found = trigger?.[name];
    return found === undefined || found.endsAt < found.startsAt ? [] : [{ path: spec('trigger', name, 'endsAt'), message: 'the surge would end where it begins', remedy: 'Write an end below the beginning.' }];
  };
  const arrivals = trigger?.arrivals;
  const sigmas = arrivals === undefined || arrivals.endSigmas < (arrivals.startSigmas || 4) ? [] : [{ path: spec('trigger', 'arrivals', 'endSigmas'), message: 'the surge would end where it begins', remedy: 'Write an end below the beginning, which is 4 unless said otherwise.' }];
  return [
    ...repeatedFaults(queues, (index) => spec('queues', index), 'queue'),
    ...level('waiting'),
    ...level('expectedWaitSeconds'),
    ...sigmas,
    ...actions.flatMap((action, index) => surgeActionFaults(action, spec('actions', index))),
    ...actions.flatMap((action, index) => (action.kind === SurgeActionKind.OVERFLOW && queues.includes(action.name) ? [{ path: spec('actions', index, 'name'), message: 'newcomers would go where they come from', remedy: 'Name a queue that is not of the plan.' }] : [])),
  ];
}

function slaFaults({ queues, channels, firstResponseSeconds, nextResponseSeconds, resolutionSeconds }: SlaPolicy): Fault[] {
  const promises = firstResponseSeconds + nextResponseSeconds + resolutionSeconds > 0;
  return [
    ...repeatedFaults(queues, (index) => spec('queues', index), 'queue'),
    ...repeatedFaults(channels, (index) => spec('channels', index), 'channel'),
    ...(promises ? [] : [{ path: spec('firstResponseSeconds'), message: 'the policy promises nothing', remedy: 'Give firstResponseSeconds, nextResponseSeconds or resolutionSeconds.' }]),
  ];
}

function userFaults(user: User): Fault[] {
  const faults = [
    ...repeatedFaults(user.roles.map(String), (index) => spec('roles', index), 'role'),
    ...repeatedFaults(user.leads, (index) => spec('leads', index), 'team'),
  ];
  if (user.leads.length > 0 && !user.roles.includes(Role.TEAM_LEAD)) {
    faults.push({ path: spec('leads'), message: 'only a team lead leads teams', remedy: 'Give the role team_lead, or take the teams away.' });
  }
  if (user.roles.includes(Role.AGENT) && user.agent === '') {
    faults.push({ path: spec('agent'), message: 'a user with the role agent works as an agent', remedy: 'Name the Agent resource, or take the role away.' });
  }
  return faults;
}

/** Load and interrupts of channels that are not served say nothing. */
function loadFaults(agent: Agent): Fault[] {
  const unknown = (channel: string, path: Path): Fault[] =>
    agent.capacity[channel] === undefined ? [{ path, message: `the agent has no capacity for "${channel}"`, remedy: 'Add it under capacity, or take it away here.' }] : [];
  return [
    ...Object.keys(agent.load).flatMap((channel) => unknown(channel, spec('load', channel))),
    ...agent.interrupts.flatMap(({ channel }, index) => unknown(channel, spec('interrupts', index, 'channel'))),
  ];
}

function faultsOf(resource: ResourceView): Fault[] {
  const content = resource.spec;
  switch (content.$case) {
    case 'tenant':
      return resource.name === resource.tenant ? [] : [{ path: ['name'], message: 'a tenant can only change itself', remedy: `Write name: ${resource.tenant}.` }];
    case 'user':
      return userFaults(content.value);
    case 'agent':
      return [
        ...repeatedFaults(content.value.skills.map((one) => one.skill), (index) => spec('skills', index, 'skill'), 'skill'),
        ...repeatedFaults(content.value.queues, (index) => spec('queues', index), 'queue'),
        ...repeatedFaults(content.value.interrupts.map((one) => one.channel), (index) => spec('interrupts', index, 'channel'), 'channel'),
        ...loadFaults(content.value),
      ];
    case 'queue':
      return queueFaults(content.value);
    case 'routingPlan':
      return planFaults(content.value);
    case 'slaPolicy':
      return slaFaults(content.value);
    case 'surgePlan':
      return surgeFaults(content.value);
    case 'hours':
      return hoursFaults(content.value);
    case 'entryPoint':
      return entryPointFaults(content.value);
    case 'dispositionTree':
      return dispositionFaults(content.value.dispositions, spec('dispositions'), new Set());
    default:
      return [];
  }
}

/** What is wrong with the resource by itself, beyond its schema. */
export function findRuleFaults(resource: ResourceView): Finding[] {
  return faultsOf(resource).map((fault) => ({ kind: resource.kind, name: resource.name, ...fault }));
}

/** Users who are admins and may sign in. */
export function adminsOf(resources: readonly ResourceView[]): readonly string[] {
  return resources
    .filter(({ spec: content }) => content.$case === 'user' && !content.value.disabled && content.value.roles.includes(Role.ADMIN))
    .map((resource) => resource.name);
}
