import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localError } from '../errors.ts';
import { takeProcessLock, type LockHolder } from '../process/process-lock.ts';

/** Where a stack keeps its state. */
export interface Home {
  folder: string;
  logs: string;
  stackFile: string;
  passwordFile: string;
}

/** A process as `stack.json` names it. */
export interface StackProcess extends LockHolder {
  name: string;
}

/** What `stack.json` says; for tools that want to find a running stack. */
export interface StackFile {
  /** Process id of the supervisor. */
  pid: number;
  startedAt: string;
  /** True from `ready` until the stop begins. */
  ready: boolean;
  portOffset: number;
  /** Addresses of what runs, by name: desk, webChat, wechat, grpc, smtp, sip, nats, kafka, postgres. */
  addresses: Readonly<Record<string, string>>;
  /** Health address of each service. */
  health: Readonly<Record<string, string>>;
  processes: readonly StackProcess[];
}

/** Makes the folders of a home. */
export async function openHome(folder: string): Promise<Home> {
  const home: Home = { folder, logs: join(folder, 'logs'), stackFile: join(folder, 'stack.json'), passwordFile: join(folder, 'admin-password') };
  await mkdir(home.logs, { recursive: true });
  return home;
}

/**
 * Takes the home for this process; gives what releases it. LOCAL_ALREADY_RUNNING with the other's process id when another
 * stack holds it.
 */
export async function lockHome(home: Home): Promise<() => Promise<void>> {
  const lock = await takeProcessLock(join(home.folder, 'stack.lock'));
  if (lock.taken) return lock.release;
  throw localError('LOCAL_ALREADY_RUNNING', { details: { home: home.folder, pid: String(lock.holder?.pid ?? 'unknown') } });
}

/** Writes `stack.json` in one step, readable only by its owner: it holds the database's password. */
export async function writeStackFile(home: Home, content: StackFile): Promise<void> {
  const unfinished = `${home.stackFile}.part`;
  await writeFile(unfinished, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, home.stackFile);
}

/** The stack that runs, or last ran, on a home. */
export function readStackFile(home: Pick<Home, 'stackFile'>): Promise<StackFile | undefined> {
  return readJson<StackFile>(home.stackFile);
}

/** The first admin's password: the given one, that of an earlier run, or a new random one. */
export async function adminPassword(home: Home, given: string | undefined): Promise<{ password: string; isNew: boolean }> {
  if (given !== undefined && given !== '') return { password: given, isNew: false };
  try {
    return { password: (await readFile(home.passwordFile, 'utf8')).trim(), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const password = randomBytes(12).toString('base64url');
  await writeFile(home.passwordFile, `${password}\n`, { mode: 0o600 });
  return { password, isNew: true };
}

async function readJson<Content>(path: string): Promise<Content | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Content;
  } catch {
    // Not there, or torn by a crash: as good as not there.
    return undefined;
  }
}
