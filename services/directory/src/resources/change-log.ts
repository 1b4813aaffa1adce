import { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { PhoneCredential } from '../identity/phones.ts';
import type { Vault } from '../ports.ts';
import { vaultKeys } from '../vault-keys.ts';

/** Something that is about to change as a whole. */
export interface Change {
  /** UUIDv7: unfinished changes are finished in this order. */
  id: string;
  tenant: string;
  author: string;
  timeMs: number;
  /** Resources to write, in writing order. */
  puts: Resource[];
  removals: { kind: string; name: string; revision: bigint }[];
  /** Secrets by entry point. */
  secrets: Record<string, Record<string, string>>;
  /** Password hashes by user, for users without one. */
  passwords: Record<string, string>;
  /** Phone digests by agent, for phones without them. */
  phones: Record<string, PhoneCredential>;
}

/** Changes that were decided and are not known to be finished. */
export interface ChangeLog {
  /** Makes the change durable: from here on it will be finished, whatever happens. */
  store(change: Change): Promise<void>;
  /** Changes that were stored whole, oldest first; pieces of others are removed. */
  pending(): Promise<Change[]>;
  /** Removes a finished change. */
  forget(changeId: string): Promise<void>;
}

/** A value of the vault stays well below the largest message of the bus. */
const pieceLength = 400_000;

function toText(change: Change): string {
  const puts = change.puts.map((resource) => Buffer.from(Resource.encode(resource).finish()).toString('base64'));
  const removals = change.removals.map((removal) => ({ ...removal, revision: String(removal.revision) }));
  return JSON.stringify({ ...change, puts, removals });
}

function fromText(text: string): Change {
  const written = JSON.parse(text) as Omit<Change, 'puts' | 'removals'> & { puts: string[]; removals: { kind: string; name: string; revision: string }[] };
  return {
    ...written,
    puts: written.puts.map((base64) => Resource.decode(Buffer.from(base64, 'base64'))),
    removals: written.removals.map((removal) => ({ ...removal, revision: BigInt(removal.revision) })),
  };
}

/**
 * Keeps changes in the vault in pieces `change.<id>.1` to `n`; `change.<id>.0`, written last, says that all of them are
 * there, and goes first when the change is finished.
 */
export function createChangeLog(vault: Vault): ChangeLog {
  async function removeAll(keys: readonly string[]): Promise<void> {
    for (const key of keys) await vault.remove(key);
  }
  return {
    async store(change) {
      const text = toText(change);
      const count = Math.ceil(text.length / pieceLength);
      for (let piece = 1; piece <= count; piece++) {
        await vault.write(vaultKeys.changePiece(change.id, piece), text.slice((piece - 1) * pieceLength, piece * pieceLength), { expected: 0 });
      }
      await vault.write(vaultKeys.changePiece(change.id, 0), { count }, { expected: 0 });
    },
    async pending() {
      const byChange = Map.groupBy(await vault.keys(vaultKeys.changes), (key) => key.split('.')[1] ?? '');
      const changes: Change[] = [];
      for (const [changeId, keys] of byChange) {
        const mark = (await vault.read(vaultKeys.changePiece(changeId, 0)))?.value as { count: number } | undefined;
        if (mark === undefined) {
          await removeAll(keys);
          continue;
        }
        const pieces: string[] = [];
        for (let piece = 1; piece <= mark.count; piece++) pieces.push((await vault.read(vaultKeys.changePiece(changeId, piece)))?.value as string);
        changes.push(fromText(pieces.join('')));
      }
      return changes.sort((left, right) => (left.id < right.id ? -1 : 1));
    },
    async forget(changeId) {
      const keys = (await vault.keys(`${vaultKeys.changes}.${changeId}`)).sort((left, right) => left.length - right.length || (left < right ? -1 : 1));
      await removeAll(keys);
    },
  };
}
