import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { headerNames } from '@patchbay/bus/topology';
import { domains } from '@patchbay/bus/subjects';
import { stringify } from 'yaml';
import { consumers, facts, headerMeanings, readExamples } from './bus-language.ts';
import { projectRoot, type DocGenerator } from './generator.ts';
import { partsOf, readProtoModel, shortName, type ProtoField, type ProtoModel, type ProtoService } from './proto-model.ts';

type Json = Record<string, unknown>;

const ref = (path: string): Json => ({ $ref: `#/${path}` });
const schemaRef = (fullName: string) => ref(`components/schemas/${fullName}`);
const commandNames = ['SendMessage', 'EndContact', 'HoldContact', 'RetrieveContact'];
const factHeaders = ['specVersion', 'id', 'type', 'source', 'time', 'subject', 'tenant', 'partitionKey', 'causationId', 'epoch', 'traceparent', 'messageId', 'expectedLastSubjectSequence'] as const;
const commandHeaders = ['id', 'type', 'source', 'time', 'tenant', 'traceparent', 'messageId'] as const;
const callHeaders = ['rpcId', 'rpcActor', 'rpcTimeoutMs', 'traceparent'] as const;
const answerHeaders = ['rpcFrame', 'rpcError', 'rpcAttachment'] as const;

/** Protobuf's JSON form of a value (protobuf.dev, "ProtoJSON Format"). */
function valueSchema({ kind, typeName }: ProtoField): Json {
  switch (kind) {
    case 'long':
      return { type: 'string', pattern: '^-?[0-9]+$' };
    case 'bytes':
      return { type: 'string', contentEncoding: 'base64' };
    case 'time':
      return { type: 'string', format: 'date-time' };
    case 'enum':
    case 'message':
      return schemaRef(typeName ?? '');
    default:
      return { type: kind };
  }
}

function fieldSchema(field: ProtoField): Json {
  const one = valueSchema(field);
  const value = field.isMap ? { type: 'object', additionalProperties: one } : field.isRepeated ? { type: 'array', items: one } : one;
  const notes = { ...(field.comment === '' ? {} : { description: field.comment }), ...(field.isPersonal ? { 'x-personal': true } : {}) };
  // Draft 7 passes over what stands beside a $ref.
  return '$ref' in value ? { allOf: [value], ...notes } : { ...value, ...notes };
}

function messageSchema(model: ProtoModel, fullName: string): Json {
  const message = model.messages.get(fullName);
  const properties = Object.fromEntries((message?.fields ?? []).map((field) => [field.jsonName, fieldSchema(field)]));
  return { type: 'object', description: message?.comment ?? '', properties };
}

function schemasOf(model: ProtoModel, roots: readonly string[]): Json {
  const rows = [...roots, ...partsOf(model, roots)].map((fullName) => {
    const values = model.enums.get(fullName);
    return [fullName, values === undefined ? messageSchema(model, fullName) : { type: 'string', description: values.comment, enum: values.values.map(({ name }) => name) }] as const;
  });
  return Object.fromEntries(rows.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function headersSchema(keys: readonly (keyof typeof headerNames)[]): Json {
  return { type: 'object', properties: Object.fromEntries(keys.map((key) => [headerNames[key], { type: 'string', description: headerMeanings[key] }])) };
}

function messageOf(model: ProtoModel, fullName: string, headers: string, example?: Json): Json {
  return {
    name: fullName,
    title: shortName(fullName),
    summary: model.messages.get(fullName)?.comment ?? '',
    contentType: 'application/protobuf',
    headers: ref(`components/schemas/${headers}`),
    payload: schemaRef(fullName),
    ...(example === undefined ? {} : { examples: [{ payload: example }] }),
  };
}

const parameters = {
  tenant: { description: 'Tenant.' },
  partition: { description: 'FNV-1a of the key, modulo 16.' },
  key: { description: 'Key of the aggregate.' },
  contactId: { description: 'Contact, UUIDv7.' },
  channel: { description: 'Channel name, e.g. `wechat`.' },
  leg: { description: 'Leg of the call.' },
} as const;

function channelOf(address: string, description: string, messages: readonly string[]): Json {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof parameters);
  return {
    address,
    description,
    ...(names.length === 0 ? {} : { parameters: Object.fromEntries(names.map((name) => [name, ref(`components/parameters/${name}`)])) }),
    messages: Object.fromEntries(messages.map((fullName) => [fullName, ref(`components/messages/${fullName}`)])),
  };
}

const operation = (action: 'send' | 'receive', channel: string, summary: string): Json => ({ action, channel: ref(`channels/${channel}`), summary });

function callParts(model: ProtoModel, services: readonly ProtoService[]) {
  const channels: Json = {};
  const operations: Json = {};
  const messages: Json = {};
  for (const { name, fullName, comment, methods } of services) {
    for (const { name: method, comment: what, request, response, isStream } of methods) {
      const key = `${name}.${method}`;
      for (const type of [request, response]) messages[`${type}.${type === request ? 'call' : 'answer'}`] = messageOf(model, type, type === request ? 'CallHeaders' : 'AnswerHeaders');
      channels[key] = { ...channelOf(`rpc.${name}.${method}.{tenant}`, `${comment} \`${fullName}\``, []), messages: { request: ref(`components/messages/${request}.call`) } };
      channels[`${key}.answer`] = { address: null, description: 'Inbox of the caller.', messages: { response: ref(`components/messages/${response}.answer`) } };
      operations[key] = {
        ...operation('send', key, what),
        ...(isStream ? { description: 'Answered by a stream of messages that ends with a frame `end`.' } : {}),
        messages: [ref(`channels/${key}/messages/request`)],
        reply: { channel: ref(`channels/${key}.answer`), messages: [ref(`channels/${key}.answer/messages/response`)] },
      };
    }
  }
  return { channels, operations, messages };
}

function buildAsyncApi(): Json {
  const model = readProtoModel();
  const examples = readExamples();
  const commands = commandNames.map((name) => `patchbay.channel.v1.${name}`);
  const audio = 'patchbay.voice.v1.AudioChunk';
  const services = model.services.filter(({ fullName }) => fullName.startsWith('patchbay.'));
  const calls = callParts(model, services);
  const callTypes = services.flatMap(({ methods }) => methods.flatMap(({ request, response }) => [request, response]));
  const about = (domain: string) => model.files.get(`patchbay/${domain}/v1/${domain}_event.proto`) ?? '';
  const factTypes = facts.map(({ type }) => type);
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  const readers = new Set(consumers.filter(({ stream }) => stream === 'EVENTS').map(({ service }) => service));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Patchbay bus',
      version,
      description: 'Facts, commands and calls of a contact centre over NATS JetStream. Bodies are protobuf; the schemas here give their JSON form. The same as a page: events.md.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/protobuf',
    servers: { local: { host: '127.0.0.1:4222', protocol: 'nats', description: 'NATS 2.12 or newer with JetStream, as `npm start` brings it up.' } },
    channels: {
      ...Object.fromEntries(domains.map((domain) => [domain, channelOf(`evt.{tenant}.${domain}.{partition}.{key}`, about(domain), facts.filter((fact) => fact.domain === domain).map(({ type }) => type))])),
      commands: channelOf('cmd.{tenant}.{channel}.{partition}.{contactId}', 'Commands to the service of a channel.', commands),
      media: channelOf('media.{tenant}.{contactId}.{leg}', 'Sound of calls until the recorder has made its file.', [audio]),
      ...calls.channels,
    },
    operations: {
      ...Object.fromEntries(domains.map((domain) => [`write-${domain}`, operation('send', domain, `Written by one service each key. ${about(domain)}`)])),
      ...Object.fromEntries(domains.map((domain) => [`read-${domain}`, operation('receive', domain, `Read by ${[...readers].join(', ')}, as events.md tells, and by integrations.`)])),
      'send-command': operation('send', 'commands', 'Stored until the service of the channel has carried it out.'),
      'carry-out-command': operation('receive', 'commands', 'Taken by the service of the channel, in order for each contact.'),
      'write-sound': operation('send', 'media', 'Written by voice-gateway.'),
      'read-sound': operation('receive', 'media', 'Read by recording.'),
      ...calls.operations,
    },
    components: {
      parameters,
      messages: {
        ...Object.fromEntries(factTypes.map((type) => [type, messageOf(model, type, 'FactHeaders', examples.get(type))])),
        ...Object.fromEntries(commands.map((type) => [type, messageOf(model, type, 'CommandHeaders')])),
        [audio]: messageOf(model, audio, 'MediaHeaders'),
        ...calls.messages,
      },
      schemas: {
        FactHeaders: headersSchema(factHeaders),
        CommandHeaders: headersSchema(commandHeaders),
        MediaHeaders: headersSchema(['messageId']),
        CallHeaders: headersSchema(callHeaders),
        AnswerHeaders: headersSchema(answerHeaders),
        ...schemasOf(model, [...new Set([...factTypes, ...commands, audio, ...callTypes])]),
      },
    },
  };
}

/** docs/reference/asyncapi.yaml. */
export const asyncApiFile: DocGenerator = {
  file: 'docs/reference/asyncapi.yaml',
  generate: () => Promise.resolve(`# Made by \`npm run docs\`. Do not edit.\n${stringify(buildAsyncApi(), { lineWidth: 0, aliasDuplicateObjects: false })}`),
};
