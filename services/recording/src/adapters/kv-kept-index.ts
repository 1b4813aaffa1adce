import type { BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import type { KeptContact } from '../domain/kept-contact.ts';
import type { KeptIndex } from '../ports.ts';

/** Claim checks hold a bigint, which JSON does not know. */
const bigintMark = '$bigint';

function encode(kept: KeptContact): Uint8Array {
  const text = JSON.stringify(kept, (_, value: unknown) => (typeof value === 'bigint' ? { [bigintMark]: value.toString() } : value));
  return new TextEncoder().encode(text);
}

function isMarked(value: unknown): value is { [bigintMark]: string } {
  return typeof value === 'object' && value !== null && bigintMark in value;
}

function decode(bytes: Uint8Array): KeptContact {
  return JSON.parse(new TextDecoder().decode(bytes), (_, value: unknown) => (isMarked(value) ? BigInt(value[bigintMark]) : value)) as KeptContact;
}

/** The index in a bucket that only this service writes: `<tenant>.<contactId>`, JSON. */
export async function createKvKeptIndex(bus: BusConnection): Promise<KeptIndex> {
  const kv = await openKv(bus, 'recording-index');
  return {
    async get(tenant, contactId) {
      const entry = await kv.get(`${tenant}.${contactId}`);
      return entry === undefined ? undefined : { kept: decode(entry.value), revision: entry.revision };
    },
    put: async (tenant, kept) => void (await kv.put(`${tenant}.${kept.contactId}`, encode(kept))),
    update: async (tenant, kept, revision) => void (await kv.update(`${tenant}.${kept.contactId}`, encode(kept), revision)),
    async keys() {
      const keys = await kv.keys();
      return keys.map((key) => ({ tenant: key.slice(0, key.indexOf('.')), contactId: key.slice(key.indexOf('.') + 1) }));
    },
  };
}
