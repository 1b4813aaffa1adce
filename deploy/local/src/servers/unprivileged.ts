import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { chown, lchown, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { localError } from '../errors.ts';
import { findOnPath, runCommand } from '../run-command.ts';

/** How a program that refuses to run as root is started. */
export interface Unprivileged {
  /** Put before the program and its arguments. */
  prefix: readonly string[];
  uid?: number;
  gid?: number;
}

/**
 * PostgreSQL refuses root. An ordinary user runs it as himself. Root hands it to `postgres` or `nobody` when that user can
 * reach the files; where he cannot (a project below /root), a user namespace shows root's own id under that name, which
 * changes no owner on the disk.
 * @param programs files to be executed or read
 * @param dataDir existing folder, handed over with all that is in it
 */
export async function runUnprivileged(programs: readonly string[], dataDir: string): Promise<Unprivileged> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const user = ['postgres', 'nobody'].map(userNamed).find((found) => found !== undefined);
  if (user !== undefined && [...programs, dataDir].every(isReachableByOthers)) {
    await handOver(dataDir, user.uid, user.gid);
    return { prefix: [], uid: user.uid, gid: user.gid };
  }
  const unshare = findOnPath('unshare');
  if (user !== undefined && unshare !== undefined) {
    const prefix = [unshare, '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`, '--'];
    const works = await runCommand(unshare, [...prefix.slice(1), 'true'], { timeoutMs: 5000 }).then(
      () => true,
      () => false,
    );
    if (works) {
      await handOver(dataDir, 0, 0);
      return { prefix };
    }
  }
  throw localError('LOCAL_ROOT_CANNOT_RUN_POSTGRES', { details: { dataDir, programs: programs.map((path) => dirname(path)).join(', ') } });
}

function userNamed(name: string): { uid: number; gid: number } | undefined {
  if (!existsSync('/etc/passwd')) return undefined;
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** Whether every folder above lets others through. */
function isReachableByOthers(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function handOver(path: string, uid: number, gid: number): Promise<void> {
  if (statSync(path).uid === uid) return;
  for (const entry of await readdir(path, { recursive: true })) {
    const below = join(path, entry);
    if (lstatSync(below).uid !== uid) await lchown(below, uid, gid);
  }
  await chown(path, uid, gid);
}
