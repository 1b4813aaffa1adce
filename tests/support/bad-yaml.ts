/** Resource files that must be refused as a whole. */
export interface BadYaml {
  /** What is wrong with it. */
  name: string;
  yaml: string;
  /** Path of the fault that must be among those told; empty for the text as a whole. */
  path: string;
  /** Line of it, from 1. */
  line: number;
}

const tenant = `kind: Tenant\nname: demo\nspec: {timeZone: Asia/Shanghai, language: zh-CN}\n`;

/** A document whose content begins on line 4. */
function document(kind: string, name: string, ...lines: string[]): string {
  return [`kind: ${kind}`, `name: ${name}`, 'spec:', ...lines.map((line) => `  ${line}`), ''].join('\n');
}

const nested = (open: string, count: number) => open.repeat(count);

/** Aliases of aliases: nine nines in a hundred bytes. */
const aliasBomb = ['kind: RuleSet', 'name: bomb', 'spec:', '  definition:', '    a: &a [x, x, x, x, x, x, x, x, x, x]', ...['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, index) => `    ${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[index] ?? 'a'}`).join(', ')}]`), ''].join('\n');

const flow = (...lines: string[]) => document('Flow', 'menu', 'definition:', ...lines.map((line) => `  ${line}`));

/** Every kind of fault of a resource file, one a row. */
export const badYaml: readonly BadYaml[] = [
  { name: 'an empty file', yaml: '', path: '', line: 0 },
  { name: 'a file of comments', yaml: '# nothing here\n', path: '', line: 0 },
  { name: 'text that is no YAML', yaml: 'kind: "Queue\nname: x\n', path: '', line: 3 },
  { name: 'indentation by tabs', yaml: 'kind: Queue\nname: x\nspec:\n\ttitles: {}\n', path: '', line: 4 },
  { name: 'a document that is a word', yaml: 'Queue\n', path: '', line: 1 },
  { name: 'a document that is a list', yaml: '- kind: Queue\n', path: '', line: 1 },
  { name: 'a document without a kind', yaml: 'name: x\nspec: {}\n', path: 'kind', line: 1 },
  { name: 'a kind that is not known', yaml: document('Line', 'x', 'titles: {}'), path: 'kind', line: 1 },
  { name: 'a document without a name', yaml: 'kind: Skill\nspec: {}\n', path: 'name', line: 1 },
  { name: 'a name that is a number', yaml: document('Skill', '1001', 'titles: {}'), path: 'name', line: 2 },
  { name: 'a name with a space', yaml: document('Skill', '"a b"', 'titles: {}'), path: 'name', line: 2 },
  { name: 'a name with a wildcard of the bus', yaml: document('Skill', '"a.>"', 'titles: {}'), path: 'name', line: 2 },
  { name: 'a name of another alphabet', yaml: document('Skill', '账单', 'titles: {}'), path: 'name', line: 2 },
  { name: 'a name that is too long', yaml: document('Skill', 'x'.repeat(64), 'titles: {}'), path: 'name', line: 2 },
  { name: 'a document without a spec', yaml: 'kind: Skill\nname: x\n', path: 'spec', line: 1 },
  { name: 'a spec that is a text', yaml: 'kind: Skill\nname: x\nspec: billing\n', path: 'spec', line: 3 },
  { name: 'a property beside spec', yaml: 'kind: Skill\nname: x\nspec: {}\nmetadata: {}\n', path: 'metadata', line: 4 },
  { name: 'a property that is not known', yaml: document('Skill', 'x', 'title: 账单'), path: 'spec.title', line: 4 },
  { name: 'a property of the wrong type', yaml: document('Queue', 'x', 'maxWaiting: many'), path: 'spec.maxWaiting', line: 4 },
  { name: 'a number that is too small', yaml: document('Queue', 'x', 'offerTimeoutSeconds: 4'), path: 'spec.offerTimeoutSeconds', line: 4 },
  { name: 'a number that is too large', yaml: document('Queue', 'x', 'offerTimeoutSeconds: 121'), path: 'spec.offerTimeoutSeconds', line: 4 },
  { name: 'a number with a fraction', yaml: document('Queue', 'x', 'priority: 1.5'), path: 'spec.priority', line: 4 },
  { name: 'a number below zero', yaml: document('Queue', 'x', 'priority: -1'), path: 'spec.priority', line: 4 },
  { name: 'a number without end', yaml: document('Queue', 'x', 'serviceLevel: {seconds: 20, pct: .inf}'), path: 'spec.serviceLevel.pct', line: 4 },
  { name: 'a word that is none of the known', yaml: document('Queue', 'x', 'wrapUp: {mode: sometimes}'), path: 'spec.wrapUp.mode', line: 4 },
  { name: 'a timed wrap-up without a limit', yaml: document('Queue', 'x', 'wrapUp: {mode: mandatory_timed, dispositions: tree}'), path: 'spec.wrapUp.limitSeconds', line: 4 },
  { name: 'a mandatory wrap-up without dispositions', yaml: document('Queue', 'x', 'wrapUp: {mode: mandatory}'), path: 'spec.wrapUp.dispositions', line: 4 },
  { name: 'a key that is there twice', yaml: document('Skill', 'x', 'titles: {en: a}', 'titles: {en: b}'), path: 'spec.titles', line: 5 },
  { name: 'a key that poisons objects', yaml: document('Skill', 'x', '__proto__: {titles: {}}'), path: 'spec', line: 4 },
  { name: 'a key that is a list', yaml: document('Skill', 'x', '? [a, b]', ': c'), path: 'spec', line: 4 },
  { name: 'a merge key', yaml: document('Skill', 'x', '<<: {titles: {}}'), path: 'spec["<<"]', line: 4 },
  { name: 'a tag of another schema', yaml: document('Skill', 'x', 'titles: !!js/function "return 1"'), path: '', line: 4 },
  { name: 'an alias without an anchor', yaml: document('Skill', 'x', 'titles: *nowhere'), path: 'spec.titles', line: 4 },
  { name: 'an alias that contains itself', yaml: document('RuleSet', 'x', 'definition: &self {again: *self}'), path: 'spec.definition.again', line: 4 },
  { name: 'aliases that multiply', yaml: aliasBomb, path: '', line: 5 },
  { name: 'lists nested a hundred thousand deep', yaml: nested('[', 100_000), path: '', line: 1 },
  { name: 'maps nested a hundred thousand deep', yaml: nested('{a: ', 100_000), path: '', line: 1 },
  { name: 'nesting over the limit', yaml: document('RuleSet', 'x', `definition: ${nested('{a: ', 70)}1${nested('}', 70)}`), path: 'spec.definition.a', line: 4 },
  { name: 'control characters', yaml: document('Skill', 'x', 'titles: {en: "a\\u0000b"}'), path: 'spec.titles.en', line: 4 },
  { name: 'a time zone that does not exist', yaml: document('Hours', 'x', 'timeZone: Asia/Peking-West', 'week: []'), path: 'spec.timeZone', line: 4 },
  { name: 'an eighth day of the week', yaml: document('Hours', 'x', 'week: [{weekday: 8, spans: []}]'), path: 'spec.week[0].weekday', line: 4 },
  { name: 'an hour of 25', yaml: document('Hours', 'x', 'week: [{weekday: 1, spans: [{from: "09:00", to: "25:00"}]}]'), path: 'spec.week[0].spans[0].to', line: 4 },
  { name: 'a span that ends before it begins', yaml: document('Hours', 'x', 'week: [{weekday: 1, spans: [{from: "18:00", to: "09:00"}]}]'), path: 'spec.week[0].spans[0].to', line: 4 },
  { name: 'spans that overlap', yaml: document('Hours', 'x', 'week: [{weekday: 1, spans: [{from: "09:00", to: "12:00"}, {from: "11:00", to: "18:00"}]}]'), path: 'spec.week[0].spans[1].from', line: 4 },
  { name: 'a weekday that is named twice', yaml: document('Hours', 'x', 'week:', '- {weekday: 1, spans: []}', '- {weekday: 1, spans: []}'), path: 'spec.week[1].weekday', line: 6 },
  { name: 'a date that is not in the calendar', yaml: document('Hours', 'x', 'week: []', 'dates: [{date: "2026-02-29", spans: []}]'), path: 'spec.dates[0].date', line: 5 },
  { name: 'a date that is named twice', yaml: document('Hours', 'x', 'week: []', 'dates:', '- {date: "2026-10-01", spans: []}', '- {date: "2026-10-01", spans: []}'), path: 'spec.dates[1].date', line: 7 },
  { name: 'a skill level over a hundred', yaml: document('Agent', 'x', 'displayName: Agent', 'skills: [{skill: billing, level: 101}]'), path: 'spec.skills[0].level', line: 5 },
  { name: 'a skill that is named twice', yaml: document('Agent', 'x', 'displayName: Agent', 'skills: [{skill: a, level: 1}, {skill: a, level: 2}]'), path: 'spec.skills[1].skill', line: 5 },
  { name: 'a skill that does not exist', yaml: document('Agent', 'x', 'displayName: Agent', 'skills: [{skill: nowhere, level: 1}]'), path: 'spec.skills[0].skill', line: 5 },
  { name: 'a queue that does not exist', yaml: document('Agent', 'x', 'displayName: Agent', 'queues: [nowhere]'), path: 'spec.queues[0]', line: 5 },
  { name: 'a capacity of a channel with spaces', yaml: document('Agent', 'x', 'displayName: Agent', 'capacity: {"web chat": 3}'), path: 'spec.capacity["web chat"]', line: 5 },
  { name: 'two agents with one phone', yaml: `${document('Agent', 'x', 'displayName: Agent', 'sipUsername: "1001"')}---\n${document('Agent', 'y', 'displayName: Agent', 'sipUsername: "1001"')}`, path: 'spec.sipUsername', line: 11 },
  { name: 'hours, rules and retention that do not exist', yaml: document('Queue', 'x', 'hours: nowhere', 'ruleSet: nowhere', 'retentionClass: nowhere'), path: 'spec.retentionClass', line: 6 },
  { name: 'a user without a role', yaml: document('User', 'x', 'displayName: User', 'roles: []'), path: 'spec.roles', line: 5 },
  { name: 'a role that does not exist', yaml: document('User', 'x', 'displayName: User', 'roles: [root]'), path: 'spec.roles[0]', line: 5 },
  { name: 'a role that is named in two ways', yaml: document('User', 'x', 'displayName: User', 'roles: [admin, ROLE_ADMIN]'), path: 'spec.roles[1]', line: 5 },
  { name: 'an agent user without an agent', yaml: document('User', 'x', 'displayName: User', 'roles: [agent]'), path: 'spec.agent', line: 3 },
  { name: 'a user whose agent does not exist', yaml: document('User', 'x', 'displayName: User', 'roles: [agent]', 'agent: nobody'), path: 'spec.agent', line: 6 },
  { name: 'a first password that is too short', yaml: document('User', 'x', 'displayName: User', 'roles: [qa]', 'initialPassword: secret'), path: 'spec.initialPassword', line: 6 },
  { name: 'an entry point that leads nowhere', yaml: document('EntryPoint', 'x', 'channel: voice', 'address: "4001"'), path: 'spec', line: 3 },
  { name: 'an entry point whose flow does not exist', yaml: document('EntryPoint', 'x', 'channel: voice', 'address: "4001"', 'flow: nowhere'), path: 'spec.flow', line: 6 },
  { name: 'a dialled number with a plus', yaml: document('EntryPoint', 'x', 'channel: voice', 'address: "+864001"', 'flow: nowhere'), path: 'spec.address', line: 5 },
  { name: 'a mailbox without a domain', yaml: document('EntryPoint', 'x', 'channel: email', 'address: support', 'flow: nowhere'), path: 'spec.address', line: 5 },
  { name: 'a mailbox in capitals', yaml: document('EntryPoint', 'x', 'channel: email', 'address: Support@Example.com', 'flow: nowhere'), path: 'spec.address', line: 5 },
  { name: 'a setting that is a number', yaml: document('EntryPoint', 'x', 'channel: email', 'address: a@example.com', 'flow: nowhere', 'settings: {smarthostPort: 25}'), path: 'spec.settings.smarthostPort', line: 7 },
  { name: 'names of secrets without their values', yaml: document('EntryPoint', 'x', 'channel: wechat', 'address: wx0', 'flow: nowhere', 'secretNames: [token]'), path: 'spec.secretNames', line: 7 },
  { name: 'a flow without nodes', yaml: flow('version: 1', 'languages: [zh-CN]', 'start: menu', 'nodes: {}'), path: 'spec.definition.nodes', line: 8 },
  { name: 'a flow that leads to no node', yaml: flow('version: 1', 'languages: [zh-CN]', 'start: hello', 'nodes:', '  hello: {type: say, prompt: {zh-CN: {text: 您好}}, next: nowhere}'), path: 'spec.definition.nodes.hello.next', line: 9 },
  { name: 'a flow to a queue that does not exist', yaml: flow('version: 1', 'languages: [zh-CN]', 'start: wait', 'nodes:', '  wait: {type: queue, queue: nowhere}'), path: 'spec.definition.nodes.wait.queue', line: 9 },
  { name: 'a flow that turns in a circle', yaml: flow('version: 1', 'languages: [zh-CN]', 'start: a', 'nodes:', '  a: {type: say, prompt: {zh-CN: {text: 您好}}, next: b}', '  b: {type: say, prompt: {zh-CN: {text: 您好}}, next: a}'), path: 'spec.definition.nodes.a', line: 9 },
  { name: 'a flow with a node that nothing leads to', yaml: flow('version: 1', 'languages: [zh-CN]', 'start: a', 'nodes:', '  a: {type: end}', '  lost: {type: end}'), path: 'spec.definition.nodes.lost', line: 10 },
  { name: 'a flow of a version that nobody knows', yaml: flow('version: 9', 'languages: [zh-CN]', 'start: a', 'nodes: {a: {type: end}}'), path: 'spec.definition.version', line: 5 },
  { name: 'a flow with a node of no known type', yaml: flow('version: 1', 'languages: [zh-CN]', 'start: a', 'nodes:', '  a: {type: teleport}'), path: 'spec.definition.nodes.a.type', line: 9 },
  { name: 'a rule set whose definition is a text', yaml: document('RuleSet', 'x', 'definition: strict'), path: 'spec.definition', line: 4 },
  { name: 'a tree with a code twice', yaml: document('DispositionTree', 'x', 'dispositions:', '- code: sale', '  children:', '  - code: sale'), path: 'spec.dispositions[0].children[0].code', line: 7 },
  { name: 'a tree without codes', yaml: document('DispositionTree', 'x', 'dispositions: []'), path: 'spec.dispositions', line: 4 },
  { name: 'a customer without an identity', yaml: document('Customer', 'x', 'displayName: VIP', 'identities: []'), path: 'spec.identities', line: 5 },
  { name: 'two customers with one identity', yaml: `${document('Customer', 'x', 'displayName: VIP', 'identities: [{type: tel, address: "8613800000000"}]')}---\n${document('Customer', 'y', 'displayName: VIP', 'identities: [{type: tel, address: "8613800000000"}]')}`, path: 'spec.identities[0].address', line: 11 },
  { name: 'a customer worth more than a hundred', yaml: document('Customer', 'x', 'displayName: VIP', 'value: 101', 'identities: [{type: tel, address: "8613800000000"}]'), path: 'spec.value', line: 5 },
  { name: 'another tenant', yaml: tenant.replace('demo', 'other'), path: 'name', line: 2 },
  { name: 'a tenant whose name is no token', yaml: tenant.replace('demo', 'a.b'), path: 'name', line: 2 },
  { name: 'a retention of less than nothing', yaml: document('RetentionClass', 'x', 'days: -1'), path: 'spec.days', line: 4 },
  { name: 'a resource that is there twice', yaml: `${document('Skill', 'x', 'titles: {}')}---\n${document('Skill', 'x', 'titles: {}')}`, path: 'name', line: 7 },
];
