import type { EventType } from '@patchbay/contracts/event-types';
import { eventTypes } from '@patchbay/contracts/event-types';
import { busError } from './errors.ts';

/** A subject tree of facts with one writer each key. */
export type Domain = (typeof eventTypes)[EventType]['domain'];

/** Stream of all facts. */
export const factsStream = 'EVENTS';

/** Every domain of facts. */
export const domains: readonly Domain[] = [...new Set(Object.values(eventTypes).map((row) => row.domain))];

/** Facts, commands and consumers are spread over this many partitions. Never changes while a stream holds messages. */
export const partitionCount = 16;

/**
 * Partition of an aggregate: FNV-1a (32 bit, over UTF-8) of its key, modulo 16. All domains of one contact share its
 * partition, so one consumer sees the whole story of a contact in order.
 */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % partitionCount;
}

const tokenPattern = /^[A-Za-z0-9_-]{1,128}$/;
const keyPattern = /^[A-Za-z0-9_-]{1,128}(\.[A-Za-z0-9_-]{1,128}){0,3}$/;

function token(name: string, value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw busError('BUS_BAD_NAME', { details: { [name]: value.slice(0, 64) } });
  return value;
}

/** `evt.<tenant>.<domain>.<partition>.<key>`: the facts of one aggregate. */
export function factSubject(tenant: string, domain: Domain, key: string): string {
  return `evt.${token('tenant', tenant, tokenPattern)}.${domain}.${partitionOf(key)}.${token('key', key, keyPattern)}`;
}

/** Which facts a consumer asks the server for. */
export interface FactFilters {
  /** One subject, wildcards included. */
  readonly subject: string;
  /** Whether a message of the subject is of the domains that were asked for. */
  wants(subject: string): boolean;
}

/**
 * One filter for several domains. With several filters the server looks through all subjects of a block for every message
 * (nats-server `filestore.go`, `firstMatchingMulti`): three quarters of its CPU time at 300 contacts a second. So it is asked
 * for every domain, and what nobody asked for is dropped here.
 * @param where.key only this aggregate; default all
 */
export function factFilters(wanted: readonly Domain[], where: { partition?: number; tenant?: string; key?: string } = {}): FactFilters {
  const { tenant = '*', key } = where;
  const partition = key === undefined ? (where.partition ?? '*') : partitionOf(token('key', key, keyPattern));
  const [only] = wanted;
  const domain = wanted.length === 1 && only !== undefined ? only : '*';
  const asked = new Set<string>(wanted);
  return {
    subject: `evt.${tenant}.${domain}.${partition}.${key ?? '>'}`,
    wants: (subject) => domain !== '*' || asked.has(subject.split('.', 3)[2] ?? ''),
  };
}

/** `cmd.<tenant>.<channel>.<partition>.<contactId>`: commands to the service of a channel. */
export function commandSubject(tenant: string, channel: string, contactId: string): string {
  return `cmd.${token('tenant', tenant, tokenPattern)}.${token('channel', channel, tokenPattern)}.${partitionOf(contactId)}.${token('key', contactId, tokenPattern)}`;
}

/** Filter for one partition of a channel's commands. */
export function commandFilter(channel: string, partition: number): string {
  return `cmd.*.${token('channel', channel, tokenPattern)}.${partition}.>`;
}

/** `media.<tenant>.<contactId>.<leg>`: sound of one leg; without a leg, the filter for all legs. */
export function mediaSubject(tenant: string, contactId: string, legId?: string): string {
  return `media.${token('tenant', tenant, tokenPattern)}.${token('key', contactId, tokenPattern)}.${legId === undefined ? '*' : token('leg', legId, tokenPattern)}`;
}

/** `rpc.<Service>.<Method>.<tenant>`; `*` as method or tenant makes a filter. */
export function rpcSubject(service: string, method: string, tenant: string): string {
  return `rpc.${service}.${method}.${tenant === '*' ? '*' : token('tenant', tenant, tokenPattern)}`;
}

/** `rpc-control.<requestId>`: cancellation, credit and signs of life from the caller of a method. */
export function rpcControlSubject(requestId: string): string {
  return `rpc-control.${requestId}`;
}

/** `dlq.<service>.<partition>`: messages that a service could not handle. */
export function deadLetterSubject(service: string): string {
  return `dlq.${token('service', service, tokenPattern)}`;
}

/** What a fact's subject says. */
export function parseFactSubject(subject: string): { tenant: string; domain: Domain; partition: number; key: string } | undefined {
  const [root, tenant, domain, partition, ...key] = subject.split('.');
  if (root !== 'evt' || tenant === undefined || key.length === 0 || !domains.includes(domain as Domain)) return undefined;
  return { tenant, domain: domain as Domain, partition: Number(partition), key: key.join('.') };
}
