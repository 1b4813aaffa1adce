import { randomBytes } from 'node:crypto';
import type { BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { AppError } from '@patchbay/runtime/app-error';
import { busError } from '@patchbay/bus/errors';

/** The key that resume tokens are signed with: made by the first replica, shared by all, kept over restarts. */
export async function readTokenKey(connection: BusConnection): Promise<Uint8Array> {
  const kv = await openKv(connection, 'api-state');
  const name = 'resume-token-key';
  const kept = await kv.get(name);
  if (kept !== undefined) return kept.value;
  const fresh = randomBytes(32);
  try {
    await kv.create(name, fresh);
    return fresh;
  } catch (error) {
    if (AppError.from(error).code !== 'BUS_CONFLICT') throw error;
  }
  const others = await kv.get(name);
  if (others === undefined) throw busError('BUS_CONFLICT', { details: { key: name } });
  return others.value;
}
