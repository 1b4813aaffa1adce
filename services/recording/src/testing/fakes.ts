import { createHash } from 'node:crypto';
import type { NewFact } from '@patchbay/bus/append-facts';
import type { AnyFact } from '@patchbay/bus/fact';
import { eventTypes } from '@patchbay/contracts/event-types';
import type { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import { AppError } from '@patchbay/runtime/app-error';
import type { KeptContact } from '../domain/kept-contact.ts';
import type { Centres, FactLog, Files, KeptIndex, Sound } from '../ports.ts';

/** The places where a recorder may die: before the effect, or right after it. */
export type Step = 'put' | 'append' | 'index' | 'remove' | 'delete';

/** Makes a step fail as if the process had ended there. */
export interface Crashes {
  /** Throws when this call of the step is the one to die at. */
  at(step: Step, moment: 'before' | 'after'): void;
  /** Dies at the n-th call of any step, from 0, before or after its effect. */
  arm(call: number, moment: 'before' | 'after'): void;
  /** Calls seen since `arm`. */
  seen(): number;
}

export function createCrashes(): Crashes {
  let count = 0;
  let armed: { call: number; moment: string } | undefined;
  return {
    at(step, moment) {
      const call = count;
      if (moment === 'after') count += 1;
      if (armed?.call !== call || armed.moment !== moment) return;
      armed = undefined;
      throw new AppError('TEST_CRASH', { status: 'unavailable', meaning: 'The process ended here.', remedy: '' }, { details: { step } });
    },
    arm(call, moment) {
      count = 0;
      armed = { call, moment };
    },
    seen: () => count,
  };
}

/** A stream of facts in memory that keeps ids and expected sequences. */
export function createFakeFacts(crashes: Crashes): FactLog & { stored: AnyFact[]; add(fact: NewFact): AnyFact; ofType(type: string): AnyFact[] } {
  const stored: AnyFact[] = [];
  const ids = new Set<string>();
  let sequence = 0;

  function add(fact: NewFact): AnyFact {
    sequence += 1;
    const added = {
      id: fact.id ?? `fact-${sequence}`,
      type: fact.type,
      tenant: fact.tenant,
      domain: fact.domain,
      key: fact.key,
      partition: 0,
      source: 'test',
      timeMs: fact.timeMs ?? 0,
      sequence,
      causationId: fact.causationId,
      traceparent: undefined,
      event: eventTypes[fact.type].codec.decode(fact.body),
    } as AnyFact;
    stored.push(added);
    ids.add(added.id);
    return added;
  }

  return {
    stored,
    add,
    ofType: (type) => stored.filter((fact) => fact.type === type),
    read: async (tenant, contactId) => stored.filter((fact) => fact.tenant === tenant && fact.key === contactId),
    async append(facts) {
      crashes.at('append', 'before');
      const fresh = facts.filter((fact) => fact.id === undefined || !ids.has(fact.id));
      for (const fact of fresh) {
        const last = stored.findLast((one) => one.key === fact.key && one.domain === fact.domain)?.sequence ?? 0;
        if (fact.expectedSequence !== undefined && fact.expectedSequence !== last) {
          throw new AppError('BUS_STALE_WRITER', { status: 'aborted', meaning: 'stale', remedy: '' });
        }
      }
      for (const fact of fresh) add(fact);
      crashes.at('append', 'after');
    },
  };
}

/** Files in memory. */
export function createFakeFiles(crashes: Crashes): Files & { stored: Map<string, Uint8Array> } {
  const stored = new Map<string, Uint8Array>();
  return {
    stored,
    async put(name, bytes, { mime }) {
      crashes.at('put', 'before');
      const parts: Uint8Array[] = [];
      if (bytes instanceof Uint8Array) parts.push(bytes);
      else for await (const part of bytes) parts.push(part.slice());
      const whole = Buffer.concat(parts);
      stored.set(name, whole);
      crashes.at('put', 'after');
      return { object: name, sha256: createHash('sha256').update(whole).digest('hex'), sizeBytes: BigInt(whole.length), mime };
    },
    async *stream(name) {
      const bytes = stored.get(name);
      if (bytes === undefined) throw new AppError('BUS_OBJECT_UNKNOWN', { status: 'not_found', meaning: 'unknown', remedy: '' });
      for (let at = 0; at < bytes.length; at += 131_072) yield bytes.subarray(at, at + 131_072);
    },
    async delete(name) {
      crashes.at('delete', 'before');
      stored.delete(name);
      crashes.at('delete', 'after');
    },
  };
}

/** An index in memory. */
export function createFakeIndex(crashes: Crashes): KeptIndex & { entries: Map<string, { kept: KeptContact; revision: number }> } {
  const entries = new Map<string, { kept: KeptContact; revision: number }>();
  let revision = 0;
  function write(tenant: string, kept: KeptContact): void {
    crashes.at('index', 'before');
    revision += 1;
    entries.set(`${tenant}.${kept.contactId}`, { kept, revision });
    crashes.at('index', 'after');
  }
  return {
    entries,
    get: async (tenant, contactId) => entries.get(`${tenant}.${contactId}`),
    put: async (tenant, kept) => {
      write(tenant, kept);
    },
    async update(tenant, kept, expected) {
      if (entries.get(`${tenant}.${kept.contactId}`)?.revision !== expected) throw new AppError('BUS_CONFLICT', { status: 'aborted', meaning: 'conflict', remedy: '' });
      write(tenant, kept);
    },
    keys: async () => [...entries.keys()].map((key) => ({ tenant: key.split('.')[0] ?? '', contactId: key.split('.')[1] ?? '' })),
  };
}

/** Sound in memory. */
export function createFakeSound(crashes: Crashes): Sound & { chunks: Sound['chunks']; stored: AudioChunk[] } {
  const stored: AudioChunk[] = [];
  return {
    stored,
    async *chunks(_tenant, contactId, legId) {
      for (const chunk of [...stored]) if (chunk.contactId === contactId && (legId === undefined || chunk.legId === legId)) yield chunk;
    },
    async remove(_tenant, contactId) {
      crashes.at('remove', 'before');
      stored.splice(0, stored.length, ...stored.filter((chunk) => chunk.contactId !== contactId));
      crashes.at('remove', 'after');
    },
  };
}

/** Centres with one class of retention. */
export function createFakeCentres(days: number | undefined): Centres & { days: number | undefined } {
  const centres = {
    days,
    retentionClassOf: (_tenant: string, queue: string) => (queue === 'billing' ? 'three-years' : 'default'),
    retentionDays: () => centres.days,
  };
  return centres;
}
