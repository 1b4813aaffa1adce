import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { headerNames, streams } from '@patchbay/bus/topology';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import type { Domain } from '@patchbay/bus/subjects';
import { projectRoot } from './generator.ts';

/** What each header says. */
export const headerMeanings: Readonly<Record<keyof typeof headerNames, string>> = {
  specVersion: 'CloudEvents version, `1.0`. Facts.',
  id: 'Id of the fact or command, UUIDv7; the same for every delivery.',
  type: 'Full name of the protobuf message in the body.',
  source: 'Service that wrote it.',
  time: "When it happened, by the writer's clock; ISO 8601.",
  subject: 'Key of the aggregate.',
  tenant: 'Tenant.',
  partitionKey: 'What the partition is made from: the key of the aggregate.',
  causationId: 'The fact or command that led to it; absent when nothing did.',
  epoch: "Lease under which a routing domain's writer wrote it; rises with every fail-over. Facts of routing and agent.",
  traceparent: 'W3C trace context of the writer.',
  messageId: "Equal to `ce-id`: JetStream stores one message an id within the stream's window.",
  expectedLastSubjectSequence: "Stream sequence of the aggregate's last fact that the writer knew; the server refuses the append when there is a newer one.",
  rpcId: 'Id of a call: cancellation and credit come on `rpc-control.<id>`.',
  rpcActor: 'Who calls, as JSON: service or user with roles.',
  rpcTimeoutMs: 'Time the caller waits, milliseconds.',
  rpcFrame: 'Kind of an answer: `message`, `end`, `error`, `alive`.',
  rpcError: 'Error of a call, as base64 of JSON: code, status, meaning, whether retryable, details.',
  rpcAttachment: 'Full name of the protobuf message in the body of an error.',
  deadLetterService: 'Service that gave the message up.',
  deadLetterSubject: 'Subject it came on.',
  deadLetterSequence: 'Its place in the stream it came from.',
  deadLetterCode: 'Error code that ended it.',
  deadLetterDeliveries: 'How often it was handed over.',
  deadLetterTime: 'When it was given up; ISO 8601.',
  deadLetterConsumer: 'Consumer that gave it up; a replay goes back to it.',
};

/** Who takes what from a stream. */
export interface Consumer {
  readonly service: string;
  readonly stream: (typeof streams)[keyof typeof streams]['name'];
  /** Name of the durable consumers; `watch` for those that keep no place. */
  readonly durable: string;
  readonly takes: string;
  readonly does: string;
}

const channel = (service: string, name: string): Consumer[] => [
  { service, stream: 'EVENTS', durable: `${service}-channel-<partition>`, takes: 'routing: assigned, refused, expired', does: 'connects the contact, or tells the customer and ends it' },
  { service, stream: 'COMMANDS', durable: `${service}-${name}-commands-<partition>`, takes: `commands to \`${name}\``, does: 'sends to the customer, ends the contact' },
];

/** Every consumer of the streams. A contract test holds the services named here against the sources. */
export const consumers: readonly Consumer[] = [
  { service: 'analytics', stream: 'EVENTS', durable: 'analytics-kafka-<partition>', takes: 'every fact', does: 'carries it to Kafka; the warehouse reads there' },
  { service: 'analytics', stream: 'EVENTS', durable: 'analytics-warehouse-<partition>', takes: 'every fact', does: 'fills the warehouse where there is no Kafka' },
  { service: 'api', stream: 'EVENTS', durable: 'watch', takes: 'what a client asks for', does: 'passes it on, with a token to go on from' },
  { service: 'crm', stream: 'EVENTS', durable: 'crm-records-<partition>', takes: 'contact, message, voice, routing, recording, quality', does: 'keeps the record of contacts' },
  { service: 'desk', stream: 'EVENTS', durable: 'watch', takes: "facts of its users' contacts", does: 'shows them' },
  ...channel('email', 'email'),
  { service: 'qa-scoring', stream: 'EVENTS', durable: 'qa-scoring-facts-<partition>', takes: 'recording: ready, transcript ready', does: 'scores' },
  { service: 'recording', stream: 'EVENTS', durable: 'recording-facts-<partition>', takes: 'contact and recording: what begins, ends, holds or erases', does: 'makes WAV files and transcripts' },
  { service: 'recording', stream: 'MEDIA', durable: 'watch', takes: 'the sound of a contact once it is over', does: 'mixes it, then removes it' },
  { service: 'routing', stream: 'EVENTS', durable: 'routing-<tenant>-<domain>-<partition>', takes: 'contact: requests, withdrawals, ends', does: 'queues, offers, assigns' },
  { service: 'routing', stream: 'EVENTS', durable: 'watch', takes: 'contact, routing and agent of a domain that another replica writes', does: 'keeps its state warm, to take over' },
  { service: 'voice-gateway', stream: 'EVENTS', durable: 'watch', takes: 'routing', does: 'rings phones, bridges' },
  { service: 'voice-gateway', stream: 'COMMANDS', durable: 'voice-gateway-voice-commands-<partition>', takes: 'commands to `voice`', does: 'holds, retrieves, ends calls' },
  ...channel('web-chat', 'webchat'),
  { service: 'web-chat', stream: 'EVENTS', durable: 'watch', takes: "facts of a visitor's contact", does: 'shows them in the widget' },
  ...channel('wechat', 'wechat'),
];

/** A fact with its domain, in the order of the published language. */
export const facts = (Object.keys(eventTypes) as EventType[]).map((type) => ({ type, ...eventTypes[type] }));

/** The protobuf JSON form of an example of each fact: the newest golden sample. */
export function readExamples(): ReadonlyMap<string, Record<string, unknown>> {
  const lines = readFileSync(join(projectRoot, 'tests/contract/golden-facts.jsonl'), 'utf8').trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as { type: string; json: Record<string, unknown> }).map(({ type, json }) => [type, json]));
}

/** What keys the facts of a domain have. */
export const domainKeys: Readonly<Record<Domain, string>> = {
  agent: 'agentId',
  contact: 'contactId',
  directory: 'kind.name',
  message: 'contactId',
  queue: 'queue',
  quality: 'contactId, or chart for control alarms',
  recording: 'contactId',
  routing: 'contactId, or plan for surges',
  voice: 'contactId',
};
