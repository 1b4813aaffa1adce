import { createHash } from 'node:crypto';
import type { NewFact } from '@patchbay/bus/append-facts';
import type { ChannelCommand, ReceivedCommand } from '@patchbay/bus/commands';
import { busError } from '@patchbay/bus/errors';
import type { AnyFact } from '@patchbay/bus/fact';
import type { Domain } from '@patchbay/bus/subjects';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { SurgeStatus } from '@patchbay/contracts/routing/v1/surge_service';
import { AppError } from '@patchbay/runtime/app-error';
import { systemClock, type Clock } from '@patchbay/runtime/clock';
import { createKeyedQueue } from '@patchbay/runtime/keyed-queue';
import type { ChannelBus, KeyValue, ResourceChange, Stoppable } from '../channel-bus.ts';

/** Where a step of the bus may break: before its effect, or after it with the answer lost. */
export type Fault = 'before' | 'after' | undefined;

/** Told of each step of one connection; what it returns happens to the step. */
export type FaultPlan = (step: string) => Fault;

/** A bus in memory that several connections (replicas) share, with the promises of the real one. */
export interface MemoryBus {
  /** A connection whose steps break as the plan says; the default never breaks. */
  connect(plan?: FaultPlan): MemoryConnection;
  /** All facts in stream order. */
  facts(filter?: { type?: EventType; key?: string }): readonly AnyFact[];
  /** Stores a fact of another service. */
  publish(fact: NewFact): void;
  send(tenant: string, channel: string, command: ChannelCommand): void;
  apply(tenant: string, resource: Resource): void;
  setSecrets(entryPoint: string, secrets: Record<string, string>): void;
  /** What routing tells of surges from now on. */
  setSurges(surges: readonly SurgeStatus[]): void;
  /** Hands over what waits, until nothing does. Messages that fail for good are in `deadLetters`. */
  settle(): Promise<void>;
  readonly deadLetters: readonly string[];
}

/** One replica's connection. */
export interface MemoryConnection extends ChannelBus {
  /** From now on every step fails and nothing is handed over: the process is gone. */
  kill(): void;
}

interface Consumer<Item> {
  readonly wants: (item: Item) => boolean;
  readonly handle: (item: Item) => Promise<void>;
  readonly isAlive: () => boolean;
  /** Resolves when the process is gone: its handlers are nobody's any more. */
  readonly died: Promise<void>;
}

const maxDeliveries = 8;

/** Creates an empty bus. */
export function createMemoryBus(clock: Pick<Clock, 'nowMs'> = systemClock): MemoryBus {
  const stored: AnyFact[] = [];
  const ids = new Map<string, number>();
  const buckets = new Map<string, Map<string, { value: Uint8Array; revision: number }>>();
  const objects = new Map<string, Uint8Array>();
  const secrets = new Map<string, Record<string, string>>();
  const resources = new Map<string, ResourceChange>();
  const watchers = new Set<(change: ResourceChange) => void>();
  const factConsumers: Consumer<AnyFact>[] = [];
  const commandConsumers: Consumer<ReceivedCommand>[] = [];
  const waitingFacts: AnyFact[] = [];
  const waitingCommands: ReceivedCommand[] = [];
  const deadLetters: string[] = [];
  const deliveries = createKeyedQueue();
  let surges: readonly SurgeStatus[] = [];
  let revision = 0;
  let sequence = 0;

  const lastOf = (subject: string) => stored.findLast((fact) => `${fact.tenant}.${fact.domain}.${fact.key}` === subject)?.sequence ?? 0;

  function append(facts: readonly NewFact[]): { sequence: number; duplicate: boolean }[] {
    if (facts.some(({ id }) => id !== undefined && ids.has(id))) return facts.map(({ id }) => ({ sequence: facts.length === 1 ? (ids.get(id ?? '') ?? 0) : 0, duplicate: true }));
    for (const fact of facts) {
      const isStale = fact.expectedSequence !== undefined && lastOf(`${fact.tenant}.${fact.domain}.${fact.key}`) !== fact.expectedSequence;
      if (isStale) throw busError('BUS_STALE_WRITER');
    }
    return facts.map((fact) => {
      sequence += 1;
      const id = fact.id ?? `generated-${sequence}`;
      ids.set(id, sequence);
      const decoded = {
        id,
        type: fact.type,
        tenant: fact.tenant,
        domain: fact.domain,
        key: fact.key,
        partition: 0,
        source: 'memory',
        timeMs: fact.timeMs ?? clock.nowMs(),
        sequence,
        causationId: fact.causationId,
        traceparent: undefined,
        event: eventTypes[fact.type].codec.decode(fact.body),
      } as AnyFact;
      stored.push(decoded);
      waitingFacts.push(decoded);
      return { sequence, duplicate: false };
    });
  }

  function bucketOf(name: string): Map<string, { value: Uint8Array; revision: number }> {
    const bucket = buckets.get(name) ?? new Map<string, { value: Uint8Array; revision: number }>();
    buckets.set(name, bucket);
    return bucket;
  }

  function write(bucket: string, key: string, value: Uint8Array, expected?: number): number {
    if (expected !== undefined && (bucketOf(bucket).get(key)?.revision ?? 0) !== expected) throw busError('BUS_CONFLICT');
    revision += 1;
    bucketOf(bucket).set(key, { value, revision });
    return revision;
  }

  function send(tenant: string, channel: string, command: ChannelCommand): void {
    revision += 1;
    waitingCommands.push({ ...command, id: command.command.commandId, tenant, channel, contactId: command.command.contactId, sequence: revision });
  }

  /** Hands one item to a living consumer, again after faults, in the order of its key. */
  async function hand<Item>(item: Item, consumers: readonly Consumer<Item>[], name: string): Promise<void> {
    for (let delivery = 1; delivery <= maxDeliveries; ) {
      const consumer = consumers.find((candidate) => candidate.isAlive() && candidate.wants(item));
      if (consumer === undefined) return;
      try {
        const outcome = await Promise.race([consumer.handle(item).then(() => 'handled' as const), consumer.died]);
        if (outcome === 'handled') return;
      } catch (thrown) {
        if (!consumer.isAlive()) continue;
        const error = AppError.from(thrown);
        if (!error.retryable || delivery >= maxDeliveries) {
          deadLetters.push(`${name}: ${error.code}`);
          return;
        }
        delivery += 1;
      }
    }
  }

  async function settle(): Promise<void> {
    for (;;) {
      const facts = waitingFacts.splice(0);
      const commands = waitingCommands.splice(0);
      if (facts.length === 0 && commands.length === 0) return;
      await Promise.all([
        ...facts.map((fact) => deliveries.run(`fact ${fact.key}`, () => hand(fact, factConsumers, fact.type))),
        ...commands.map((command) => deliveries.run(`command ${command.contactId}`, () => hand(command, commandConsumers, command.name))),
      ]);
    }
  }

  function connect(plan: FaultPlan = () => undefined): MemoryConnection {
    let isDead = false;
    let die = () => {};
    const died = new Promise<void>((resolve) => {
      die = resolve;
    });
    async function step<Value>(name: string, effect: () => Value): Promise<Value> {
      await Promise.resolve();
      const fault = isDead ? 'before' : plan(name);
      if (isDead || fault === 'before') throw busError('BUS_UNAVAILABLE', { details: { step: name } });
      const value = effect();
      if (fault === 'after') throw busError('BUS_UNAVAILABLE', { details: { step: name } });
      return value;
    }

    function consume<Item>(consumers: Consumer<Item>[], consumer: Omit<Consumer<Item>, 'isAlive' | 'died'>): Stoppable {
      let isStopped = false;
      consumers.push({ ...consumer, died, isAlive: () => !isDead && !isStopped });
      return {
        stop() {
          isStopped = true;
          return Promise.resolve();
        },
      };
    }

    const keyValue = (bucket: string): KeyValue => ({
      get: (key) => step('kv.get', () => bucketOf(bucket).get(key)),
      create: (key, value) => step('kv.create', () => write(bucket, key, value, 0)),
      update: (key, value, expected) => step('kv.update', () => write(bucket, key, value, expected)),
      put: (key, value) => step('kv.put', () => write(bucket, key, value)),
      delete: (key) => step('kv.delete', () => void bucketOf(bucket).delete(key)),
      keys: (prefix) => step('kv.keys', () => [...bucketOf(bucket).keys()].filter((key) => key.startsWith(`${prefix}.`))),
    });

    return {
      kill: () => {
        isDead = true;
        die();
      },
      append: (facts) => step('append', () => append(facts)),
      read: ({ tenant, key, domain, fromSequence }) =>
        step('read', () => stored.filter((fact) => fact.tenant === tenant && fact.key === key && fact.domain === domain && fact.sequence >= fromSequence)),
      keyValue: (bucket) => Promise.resolve(keyValue(bucket)),
      consumeFacts: ({ domains, types, handle }) =>
        Promise.resolve(
          consume(factConsumers, { wants: (fact: AnyFact) => (domains as readonly Domain[]).includes(fact.domain) && types.includes(fact.type), handle }),
        ),
      consumeCommands: ({ channel, handle }) =>
        Promise.resolve(
          consume(commandConsumers, {
            wants: (command: ReceivedCommand) => command.channel === channel,
            handle: (command: ReceivedCommand) => handle(command, { signal: new AbortController().signal, deliveries: 1 }),
          }),
        ),
      sendCommand: ({ tenant, channel, ...command }) => step('command', () => { send(tenant, channel, command); }),
      watchResources(kinds, onChange) {
        const told = (change: ResourceChange) => {
          if (!isDead && kinds.includes(change.kind)) onChange(change);
        };
        watchers.add(told);
        for (const change of resources.values()) told(change);
        return Promise.resolve({ stop: () => Promise.resolve(void watchers.delete(told)) });
      },
      getSecrets: (_, entryPoint) => step('secrets', () => secrets.get(entryPoint) ?? {}),
      listSurges: () => step('surges', () => surges),
      putObject: (name, bytes, { mime, name: fileName }) =>
        step('object.put', () => {
          objects.set(name, bytes);
          return { object: name, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: BigInt(bytes.length), mime, name: fileName };
        }),
      getObject: (name) => step('object.get', () => objects.get(name) ?? new Uint8Array()),
    };
  }

  return {
    connect,
    facts: ({ type, key } = {}) => stored.filter((fact) => (type === undefined || fact.type === type) && (key === undefined || fact.key === key)),
    publish: (fact) => void append([fact]),
    send,
    apply(tenant, resource) {
      const change = { tenant, kind: resource.kind, name: resource.name, resource };
      resources.set(`${tenant}/${resource.kind}/${resource.name}`, change);
      for (const watcher of watchers) watcher(change);
    },
    setSurges: (now) => {
      surges = now;
    },
    setSecrets: (entryPoint, values) => void secrets.set(entryPoint, values),
    settle,
    deadLetters,
  };
}
