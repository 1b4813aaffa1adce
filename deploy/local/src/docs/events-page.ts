import { headerNames, kvBuckets, objectBuckets, streams } from '@patchbay/bus/topology';
import { domains, partitionCount } from '@patchbay/bus/subjects';
import { consumers, domainKeys, facts, headerMeanings, readExamples } from './bus-language.ts';
import { generatedFrom, table, type DocGenerator } from './generator.ts';
import { partsOf, readProtoModel, shortName, type ProtoField, type ProtoModel } from './proto-model.ts';

const commands = ['SendMessage', 'EndContact', 'HoldContact', 'RetrieveContact'].map((name) => `patchbay.channel.v1.${name}`);
const audioChunk = 'patchbay.voice.v1.AudioChunk';

const days = (nanoseconds: number) => {
  const hours = nanoseconds / 3_600e9;
  return hours % 24 === 0 ? `${hours / 24} d` : `${hours} h`;
};
const size = (bytes: number) => `${bytes / 1024 ** 3} GiB`;
const anchor = (name: string) => `#${name.toLowerCase()}`;

function typeOf({ kind, typeName, isRepeated, isMap }: ProtoField): string {
  const plain = { string: 'text', boolean: 'yes or no', integer: 'int32', long: 'int64', number: 'double', bytes: 'bytes', time: 'time', enum: '', message: '' }[kind];
  const name = typeName === undefined ? plain : `[${shortName(typeName)}](${anchor(shortName(typeName))})`;
  if (isMap) return `map of text to ${name}`;
  return isRepeated ? `list of ${name}` : name;
}

function fieldTable(model: ProtoModel, fullName: string): string {
  const fields = model.messages.get(fullName)?.fields ?? [];
  if (fields.length === 0) return 'No fields.';
  const rows = fields.map((field) => [`\`${field.name}\``, typeOf(field), field.isPersonal ? 'yes' : '', field.oneof === undefined ? field.comment : `${field.comment} (one of \`${field.oneof}\`)`]);
  return table(['field', 'type', 'personal', 'meaning'], rows);
}

function example(json: Record<string, unknown> | undefined): string {
  return json === undefined ? '' : `\n\n<details><summary>Example, as JSON</summary>\n\n\`\`\`json\n${JSON.stringify(json, undefined, 2)}\n\`\`\`\n\n</details>`;
}

const terminal = /\bTerminal\b[^.:]*/;

function factSection(model: ProtoModel, fact: (typeof facts)[number], examples: ReturnType<typeof readExamples>): string {
  const comment = model.messages.get(fact.type)?.comment ?? '';
  return `#### ${fact.name}\n\n\`${fact.type}\` – ${comment}\n\n${fieldTable(model, fact.type)}${example(examples.get(fact.type))}`;
}

function domainSection(model: ProtoModel, domain: (typeof domains)[number], examples: ReturnType<typeof readExamples>): string {
  const own = facts.filter((fact) => fact.domain === domain);
  const overview = own.map(({ name, type }) => {
    const comment = model.messages.get(type)?.comment ?? '';
    return [`[${name}](${anchor(name)})`, comment.split(/(?<=\.) /)[0] ?? '', terminal.exec(comment)?.[0].toLowerCase() ?? ''];
  });
  return [
    `### Facts: ${domain}`,
    `${model.files.get(`patchbay/${domain}/v1/${domain}_event.proto`) ?? ''} Subject \`evt.<tenant>.${domain}.<partition>.<${domainKeys[domain]}>\`.`,
    table(['fact', 'written when', 'terminal'], overview),
    ...own.map((fact) => factSection(model, fact, examples)),
  ].join('\n\n');
}

function streamSections(): string {
  const rows = Object.values(streams).map(({ name, subjects, purpose, settings }) => [
    `\`${name}\``,
    subjects.map((subject) => `\`${subject}\``).join(', '),
    'retention' in settings ? `until settled, at most ${days(settings.max_age)}` : days(settings.max_age),
    size(settings.max_bytes),
    `${settings.duplicate_window / 1e9} s`,
    purpose,
  ]);
  const subjects = [
    ['`evt.<tenant>.<domain>.<partition>.<key>`', 'A fact. One aggregate a subject, one writer a domain and key.'],
    ['`cmd.<tenant>.<channel>.<partition>.<contactId>`', 'A command to the service of a channel.'],
    ['`media.<tenant>.<contactId>.<leg>`', 'Sound of one leg of a call, about a second a message.'],
    ['`dlq.<service>`', 'A message that the service gave up, with the reason in its headers.'],
    ['`rpc.<Service>.<Method>.<tenant>`', 'A call, answered by one process of the service’s queue group.'],
    ['`rpc-control.<callId>`', 'Cancellation, credit and signs of life from the caller.'],
    ['`dlq-replay.<service>`', 'A dead letter handed to its consumer once more.'],
  ];
  const headers = Object.entries(headerNames).map(([key, name]) => [`\`${name}\``, headerMeanings[key as keyof typeof headerNames]]);
  const kv = Object.entries(kvBuckets).map(([name, spec]) => [`\`${name}\``, String(spec.history), 'ttlMs' in spec ? days(spec.ttlMs * 1e6) : 'for ever', spec.purpose]);
  return [
    '## Streams',
    'A stream that is full refuses new messages (`discard: new`): writers feel the pressure, nothing acknowledged is dropped. Copies of each: `PATCHBAY_STREAM_REPLICAS`.',
    table(['stream', 'subjects', 'kept', 'limit', 'ids known for', 'what for'], rows),
    '## Subjects',
    `Partition: FNV-1a (32 bit) of the key's UTF-8, modulo ${partitionCount}; all domains of one contact share it. Tenants, channels and legs are 1 to 128 of \`A-Z a-z 0-9 _ -\`; keys are one to four such words with dots.`,
    table(['subject', 'what'], subjects),
    '## Headers',
    'CloudEvents 1.0 in binary mode: the body is the protobuf message and nothing else.',
    table(['header', 'meaning'], headers),
    '## Consumers',
    'Durable consumers keep their place and are pinned to one replica of the service; facts of a partition come one at a time, commands one at a time for each contact. A message that fails for good goes to `DEAD_LETTERS`.',
    table(['service', 'stream', 'consumer', 'takes', 'does'], consumers.map(({ service, stream, durable, takes, does }) => [service, `\`${stream}\``, durable === 'watch' ? 'watch, no durable' : `\`${durable}\``, takes, does])),
    '## Buckets',
    table(['key-value bucket', 'revisions kept', 'kept', 'holds'], kv),
    table(['object bucket', 'holds'], Object.entries(objectBuckets).map(([name, { purpose }]) => [`\`${name}\``, purpose])),
  ].join('\n\n');
}

function callSections(model: ProtoModel): string {
  const sections = model.services
    .filter(({ fullName }) => fullName.startsWith('patchbay.'))
    .map(({ name, fullName, comment, methods }) => {
      const rows = methods.map((method) => [`\`${method.name}\``, `\`${shortName(method.request)}\``, `${method.isStream ? 'stream of ' : ''}\`${shortName(method.response)}\``, method.comment]);
      return `### ${name}\n\n\`${fullName}\` – ${comment}\n\n${table(['method', 'request', 'response', 'what it does'], rows)}`;
    });
  return ['## Calls', 'Served over NATS request/reply under `rpc.<Service>.<Method>.<tenant>`, and by the gateway over gRPC. Which role may call what: [api.md](api.md). What each error means: [errors.md](errors.md).', ...sections].join('\n\n');
}

function partSections(model: ProtoModel): string {
  const parts = partsOf(model, [...facts.map(({ type }) => type), ...commands, audioChunk]);
  const sections = parts.map((fullName) => {
    const values = model.enums.get(fullName);
    if (values !== undefined) return `### ${shortName(fullName)}\n\n\`${fullName}\` – ${values.comment}\n\n${table(['value', 'meaning'], values.values.map(({ name, comment }) => [`\`${name}\``, comment]))}`;
    return `### ${shortName(fullName)}\n\n\`${fullName}\` – ${model.messages.get(fullName)?.comment ?? ''}\n\n${fieldTable(model, fullName)}`;
  });
  return ['## Parts', 'Messages and values that facts and commands are made of.', ...sections].join('\n\n');
}

function messageSection(model: ProtoModel, fullName: string): string {
  return `### ${shortName(fullName)}\n\n\`${fullName}\` – ${model.messages.get(fullName)?.comment ?? ''}\n\n${fieldTable(model, fullName)}`;
}

function renderEventsPage(): string {
  const model = readProtoModel();
  const examples = readExamples();
  return [
    generatedFrom('proto/, packages/bus and tests/contract/golden-facts.jsonl'),
    '# The bus: facts, commands, calls',
    'What services tell one another, and what an integration can read. The same as [AsyncAPI 3](asyncapi.yaml). Facts are past, ordered for each aggregate and delivered at least once; fields are only ever added. "Personal" fields are masked in lists, logs and exports and go when a person is erased.',
    streamSections(),
    '## Facts',
    `${facts.length} facts in ${domains.length} domains.`,
    ...domains.map((domain) => domainSection(model, domain, examples)),
    '## Commands',
    'Each ends in exactly one fact of its `command_id`: a channel carries an id out once, however often it comes.',
    ...commands.map((name) => messageSection(model, name)),
    '## Sound',
    messageSection(model, audioChunk),
    callSections(model),
    partSections(model),
    '',
  ].join('\n\n').replace(/\n+$/, '\n');
}

/** docs/reference/events.md. */
export const eventsPage: DocGenerator = { file: 'docs/reference/events.md', generate: () => Promise.resolve(renderEventsPage()) };
