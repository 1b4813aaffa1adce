import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { badYaml } from '../../../../tests/support/bad-yaml.ts';
import { parseFiles } from '../parsing/parse-files.ts';
import type { TenantResource } from '../ports.ts';
import { checkCentre } from './check-centre.ts';

function faultsOf(yaml: string, stored: readonly TenantResource[] = []) {
  const files = parseFiles([{ name: 'centre.yaml', yaml }]);
  return [...files.faults, ...checkCentre('demo', files, stored)];
}

function storedFrom(tenant: string, yaml: string): TenantResource[] {
  const { resources, faults } = parseFiles([{ name: 'stored.yaml', yaml }]);
  expect(faults).toEqual([]);
  return resources.map(({ kind, name, spec }) => ({ tenant, resource: { kind, name, revision: 1n, author: 'user:admin', appliedAt: new Date(0), spec } }));
}

describe('files that are refused', () => {
  test.each(badYaml.map((row) => [row.name, row] as const))('%s', (_name, row) => {
    const faults = faultsOf(row.yaml);
    expect(faults.map(({ path, line }) => ({ path, line }))).toContainEqual({ path: row.path, line: row.line });
    for (const fault of faults) {
      expect(fault.file).toBe('centre.yaml');
      expect(fault.message).not.toBe('');
      expect(fault.remedy).not.toBe('');
    }
  });

  test('all faults of all files are told at once, in the order of the files', () => {
    const first = 'kind: Skill\nname: Good\nspec: {}\n---\nkind: Queue\nname: billing\nspec: {hours: week, priority: -1}\n';
    const second = 'kind: Agent\nname: a\nspec: {queues: [billing], skills: [{skill: x, level: 0}]}\n';
    const files = parseFiles([
      { name: 'one.yaml', yaml: first },
      { name: 'two.yaml', yaml: second },
    ]);
    const told = [...files.faults, ...checkCentre('demo', files, [])].map(({ file, line, path }) => `${file}:${line} ${path}`);
    expect(told).toEqual(['one.yaml:2 name', 'one.yaml:7 spec.priority', 'two.yaml:3 spec.displayName', 'two.yaml:3 spec.skills[0].level']);
  });

  test('a resource with faults is no missing reference of another', () => {
    const told = faultsOf('kind: Queue\nname: billing\nspec: {priority: -1}\n---\nkind: Agent\nname: a\nspec: {displayName: A, queues: [billing]}\n');
    expect(told.map((fault) => fault.path)).toEqual(['spec.priority']);
  });

  test('a near miss of a property is named', () => {
    const [fault] = faultsOf('kind: Queue\nname: q\nspec: {serviceLevl: {seconds: 20, pct: 80}}\n');
    expect(fault?.remedy).toContain('"serviceLevel"');
  });

  test('a fault quotes no value: it may be personal or secret', () => {
    const told = faultsOf('kind: EntryPoint\nname: x\nspec: {channel: wechat, address: wx0, queue: q, secrets: {token: 12345678}}\n');
    expect(JSON.stringify(told)).not.toContain('12345678');
  });
});

describe('surge plans', () => {
  const queues = 'kind: Queue\nname: technical\nspec: {}\n---\nkind: Queue\nname: billing\nspec: {}\n---\n';

  test('the example of the guide is taken', async () => {
    expect(faultsOf(queues + (await readFile(new URL('../../../../docs/examples/surge-plan.yaml', import.meta.url), 'utf8')))).toEqual([]);
  });

  test.each([
    ['queues of several domains', '{queues: [technical, far], actions: [{kind: cancel_breaks}]}', 'spec.queues'],
    ['agents borrowed of another domain', '{queues: [technical], actions: [{kind: borrow, queues: [far]}]}', 'spec.queues'],
    ['newcomers sent to another domain', '{queues: [technical], actions: [{kind: overflow, name: far}]}', 'spec.queues'],
  ])('%s are a fault: one writer decides over a surge', (_, spec, path) => {
    const told = faultsOf(`${queues}kind: Queue\nname: far\nspec: {domain: elsewhere}\n---\nkind: SurgePlan\nname: rush\nspec: ${spec}\n`);
    expect(told).toContainEqual(expect.objectContaining({ resource: 'SurgePlan/rush', path, message: expect.stringContaining('elsewhere, main') as unknown as string }));
  });

  test.each([
    ['a queue that is not there', '{queues: [nowhere], actions: [{kind: cancel_breaks}]}', 'spec.queues[0]'],
    ['an action that is none', '{queues: [billing], actions: [{kind: dance}]}', 'spec.actions[0].kind'],
    ['no action', '{queues: [billing], actions: []}', 'spec.actions'],
    ['a wrap-up of hours', '{queues: [billing], actions: [{kind: wrap_up, seconds: 7200}]}', 'spec.actions[0].seconds'],
  ])('%s is a fault', (_, spec, path) => {
    expect(faultsOf(`${queues}kind: SurgePlan\nname: rush\nspec: ${spec}\n`).map((fault) => fault.path)).toContain(path);
  });
});

describe('promises to customers', () => {
  test('the example is taken', async () => {
    expect(faultsOf(await readFile(new URL('../../../../docs/examples/sla-policy.yaml', import.meta.url), 'utf8'))).toEqual([]);
  });

  test.each([
    ['a policy that promises nothing', '{channels: [email]}', 'spec.firstResponseSeconds'],
    ['hours that are not there', '{firstResponseSeconds: 60, hours: nights}', 'spec.hours'],
    ['a queue that is not there', '{firstResponseSeconds: 60, queues: [nowhere]}', 'spec.queues[0]'],
    ['a channel named twice', '{firstResponseSeconds: 60, channels: [email, email]}', 'spec.channels[1]'],
  ])('%s is a fault', (_, spec, path) => {
    expect(faultsOf(`kind: SlaPolicy\nname: quick\nspec: ${spec}\n`).map((fault) => fault.path)).toContain(path);
  });
});

describe('routing plans', () => {
  const queues = (second = '') => `kind: Queue\nname: sales\nspec: {plan: sales, closing: overflow}\n---\nkind: Queue\nname: help\nspec: {${second}}\n---\n`;
  const plan = (spec: string) => `kind: RoutingPlan\nname: sales\nspec: ${spec}\n`;

  test('an entry point may name a plan in place of a queue, one that is there', () => {
    const entryPoint = '---\nkind: EntryPoint\nname: shop\nspec: {channel: webchat, address: shop, plan: sales}\n';
    expect(faultsOf(queues() + plan('{targets: [{queue: sales}]}') + entryPoint)).toEqual([]);
    expect(faultsOf(entryPoint).map(({ path }) => path)).toEqual(['spec.plan']);
  });

  test('a plan with ages that rise and an end is taken', () => {
    expect(faultsOf(queues() + plan('{targets: [{queue: sales, timeoutSeconds: 30}, {queue: help, timeoutSeconds: 60, skipWithoutAgent: true}], then: {kind: call_back}}'))).toEqual([]);
  });

  test.each([
    ['a queue that is not there', '{targets: [{queue: nowhere}]}', 'spec.targets[0].queue'],
    ['a skill that is not there', '{targets: [{queue: sales, requirement: {skills: [{skill: magic, minLevel: 1}]}}]}', 'spec.targets[0].requirement.skills[0].skill'],
    ['an age before that of the target above', '{targets: [{queue: sales, timeoutSeconds: 30}, {queue: help, timeoutSeconds: 20}]}', 'spec.targets[1].timeoutSeconds'],
    ['a target that nobody leaves with one after it', '{targets: [{queue: sales}, {queue: help}]}', 'spec.targets[0].timeoutSeconds'],
    ['a final queue without its name', '{targets: [{queue: sales, timeoutSeconds: 5}], then: {kind: queue}}', 'spec.then.queue'],
    ['an end that is not known', '{targets: [{queue: sales, timeoutSeconds: 5}], then: {kind: shrug}}', 'spec.then.kind'],
    ['no target at all', '{targets: []}', 'spec.targets'],
  ])('%s is a fault', (_name, spec, path) => {
    expect(faultsOf(queues() + plan(spec)).map((fault) => fault.path)).toContain(path);
  });

  test('an expression and steps that relax it are taken; what they name must be there, and ages must rise', () => {
    const skill = 'kind: Skill\nname: billing\nspec: {}\n---\n';
    const agent = 'kind: Agent\nname: a\nspec: {displayName: A, languages: [zh-CN, en], attributes: {site: north}}\n---\n';
    const sales = (requirement: string, relaxation: string) => `${skill}${agent}kind: Queue\nname: sales\nspec: {requirement: ${requirement}, relaxation: ${relaxation}}\n---\nkind: Queue\nname: east\nspec: {domain: east}\n`;
    const paths = (requirement: string, relaxation: string) => faultsOf(sales(requirement, relaxation)).map((fault) => fault.path);
    expect(paths('{languages: [en], anyOf: [{skills: [{skill: billing, minLevel: 50}]}, {attributes: [{name: site, value: north}]}]}', '[{afterSeconds: 10}, {afterSeconds: 30, extraQueues: [sales]}]')).toEqual([]);
    expect(paths('{anyOf: [{skills: [{skill: magic, minLevel: 50}]}]}', '[{afterSeconds: 10, requirement: {skills: [{skill: magic, minLevel: 1}]}}, {afterSeconds: 10, extraQueues: [nowhere, east]}]')).toEqual([
      'spec.relaxation[1].afterSeconds',
      'spec.requirement.anyOf[0].skills[0].skill',
      'spec.relaxation[0].requirement.skills[0].skill',
      'spec.relaxation[1].extraQueues[0]',
      'spec.relaxation[1].extraQueues[1]',
    ]);
  });

  test('queues of two routing domains are a fault of the plan, or of the queue that moved', () => {
    const spec = '{targets: [{queue: sales, timeoutSeconds: 30}, {queue: help}]}';
    expect(faultsOf(queues('domain: east') + plan(spec)).map(({ resource, path }) => `${resource} ${path}`)).toContain('RoutingPlan/sales spec.targets');
    const stored = storedFrom('demo', queues() + plan(spec));
    expect(faultsOf('kind: Queue\nname: help\nspec: {domain: east}\n', stored).map(({ resource, path }) => `${resource} ${path}`)).toEqual(['Queue/help spec.domain']);
  });
});

test('agents whom a queue or a customer names must be there, and a linear choice needs its order', () => {
  const agent = 'kind: Agent\nname: a\nspec: {displayName: A, queues: [q]}\n---\n';
  const paths = (queue: string, customer: string) => faultsOf(`${agent}kind: Queue\nname: q\nspec: ${queue}\n---\nkind: Customer\nname: c\nspec: {displayName: C, identities: [{type: tel, address: "86139"}], agent: ${customer}}\n`).map((fault) => fault.path);
  expect(paths('{choice: linear, agentOrder: [a], sticky: {withinHours: 24}}', 'a')).toEqual([]);
  expect(paths('{choice: linear}', 'nobody')).toEqual(['spec.agentOrder', 'spec.agent']);
  expect(paths('{choice: ring_all, maxRinging: 1, agentOrder: [a, nobody, a]}', 'a')).toEqual(['spec.maxRinging']);
  expect(paths('{choice: linear, agentOrder: [a, nobody, a]}', 'a')).toEqual(['spec.agentOrder[2]', 'spec.agentOrder[1]']);
});

test('load and interrupts are of channels that the agent serves', () => {
  const agent = (spec: string) => faultsOf(`kind: Team\nname: south\nspec: {maxContacts: 50, capacity: {email: 10}}\n---\nkind: Agent\nname: a\nspec: {displayName: A, team: south, capacity: {voice: 1, email: 2}, ${spec}}\n`).map((fault) => fault.path);
  expect(agent('load: {email: 40}, interrupts: [{channel: voice, over: [email]}], maxContacts: 3')).toEqual([]);
  expect(agent('load: {webchat: 40}, interrupts: [{channel: sms, over: []}, {channel: sms, over: []}]')).toEqual(['spec.interrupts[1].channel', 'spec.load.webchat', 'spec.interrupts[0].channel', 'spec.interrupts[1].channel']);
  expect(agent('load: {email: 101}')).toEqual(['spec.load.email']);
});

describe('files against what is stored', () => {
  test('what is stored need not be in the files', () => {
    const stored = storedFrom('demo', 'kind: Skill\nname: billing\nspec: {}\n');
    expect(faultsOf('kind: Agent\nname: a\nspec: {displayName: A, skills: [{skill: billing, level: 5}]}\n', stored)).toEqual([]);
  });

  test("another tenant's resources are not seen", () => {
    const stored = storedFrom('other', 'kind: Skill\nname: billing\nspec: {}\n');
    expect(faultsOf('kind: Agent\nname: a\nspec: {displayName: A, skills: [{skill: billing, level: 5}]}\n', stored)).toHaveLength(1);
  });

  test('an address belongs to one entry point of all tenants, and the other tenant is not named', () => {
    const entry = (name: string) => `kind: EntryPoint\nname: ${name}\nspec: {channel: voice, address: "4001", queue: q}\n`;
    const queue = 'kind: Queue\nname: q\nspec: {}\n---\n';
    const [fault] = faultsOf(queue + entry('mine'), storedFrom('other', entry('theirs')));
    expect(fault?.path).toBe('spec.address');
    expect(fault?.message).not.toContain('theirs');
    expect(faultsOf(queue + entry('mine'), storedFrom('demo', entry('mine')))).toEqual([]);
  });

  test('the last admin who may sign in keeps the role', () => {
    const user = (name: string, roles: string) => `kind: User\nname: ${name}\nspec: {displayName: U, roles: [${roles}]}\n`;
    const one = storedFrom('demo', user('root', 'admin'));
    expect(faultsOf(user('root', 'qa'), one).map((fault) => fault.path)).toEqual(['spec']);
    expect(faultsOf(`${user('root', 'qa')}---\n${user('next', 'admin')}`, one)).toEqual([]);
  });
});

describe('teams that a user leads', () => {
  const user = (spec: string) => `kind: Team\nname: north\nspec: {}\n---\nkind: User\nname: u\nspec: {displayName: U, ${spec}}\n`;

  test('are Team resources, and a team lead’s only', () => {
    expect(faultsOf(user('roles: [team_lead], leads: [north]'))).toEqual([]);
    expect(faultsOf(user('roles: [team_lead], leads: [nowhere]')).map(({ path }) => path)).toEqual(['spec.leads[0]']);
    expect(faultsOf(user('roles: [qa], leads: [north]')).map(({ path }) => path)).toEqual(['spec.leads']);
    expect(faultsOf(user('roles: [team_lead], leads: [north, north]')).map(({ path }) => path)).toEqual(['spec.leads[1]']);
  });
});
