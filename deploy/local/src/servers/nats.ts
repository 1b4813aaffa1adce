import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findNatsBinary } from './nats-binary.ts';
import { runningServer, startServer, type LaunchOptions, type RunningServer } from './running-server.ts';

/** A NATS server with JetStream. */
export interface NatsServer extends RunningServer {
  /** Port of the monitoring pages (`/healthz`, `/jsz`, `/varz`). */
  readonly monitorPort: number;
}

/** Settings of one NATS server. */
export interface NatsOptions extends LaunchOptions {
  /** Port of the monitoring pages; 0, the default, takes a free one. */
  monitorPort?: number;
  /** Upper bound of what JetStream keeps on disk; default 64 GiB, which the disk itself may undercut. */
  storeLimitBytes?: number;
  /** Program to run; found or fetched when absent. */
  binary?: string;
  /** Group that it runs under, for a packet filter that tells servers apart; needs root. Default: that of this process. */
  gid?: number;
  /** Set for a member of a cluster. */
  member?: { name: string; cluster: string; port: number; routes: readonly string[] };
}

const gibibyte = 2 ** 30;

/**
 * Starts a NATS server on the loopback with JetStream in `dataDir`. Ready means that JetStream answers, not only that the
 * port is open.
 */
export async function launchNats(options: NatsOptions): Promise<NatsServer> {
  const binary = options.binary ?? (await findNatsBinary(options)).path;
  const { dataDir } = options;
  const log = options.log ?? `${dataDir}.log`;
  await mkdir(dataDir, { recursive: true });
  await mkdir(dirname(log), { recursive: true });
  const portsFolder = join(dataDir, 'ports');
  await rm(portsFolder, { recursive: true, force: true });
  await mkdir(portsFolder);
  const configFile = join(dataDir, 'nats.conf');
  await writeFile(configFile, natsConfig({ ...options, portsFolder }));

  let ports: NatsPorts | undefined;
  const child = await startServer({
    name: options.member?.name ?? 'nats',
    log,
    child: { command: binary, args: ['--config', configFile], ...(options.gid === undefined ? {} : { gid: options.gid }) },
    readyTimeoutMs: 30_000,
    signal: options.signal,
    async probe(signal) {
      ports ??= await readPorts(portsFolder);
      if (ports === undefined) return false;
      // A member of a cluster becomes healthy only with its peers, so it counts as started once it serves the page.
      const page = options.member === undefined ? '/healthz?js-enabled-only=true' : '/varz';
      const answer = await fetch(`http://127.0.0.1:${ports.monitor}${page}`, { signal });
      await answer.body?.cancel();
      return answer.ok;
    },
  });
  const { client, monitor } = ports as unknown as NatsPorts;
  // SIGTERM would end it in the same way; SIGUSR2 (lame duck) waits for clients that nobody moves here.
  return { ...runningServer(child, { port: client, url: `nats://127.0.0.1:${client}`, log }), monitorPort: monitor };
}

/** The server's configuration file. */
export function natsConfig(options: NatsOptions & { portsFolder: string }): string {
  const port = (wanted: number | undefined) => (wanted === undefined || wanted === 0 ? -1 : wanted);
  const { member } = options;
  return [
    `server_name: ${JSON.stringify(member?.name ?? 'patchbay')}`,
    `listen: "127.0.0.1:${port(options.port)}"`,
    `http: "127.0.0.1:${port(options.monitorPort)}"`,
    // The server writes the ports it really took to a file here.
    `ports_file_dir: ${JSON.stringify(options.portsFolder)}`,
    // As much as the gRPC edge takes (4 MiB), so that what a caller may send also passes the bus; larger bodies go
    // through the object store.
    'max_payload: 4MB',
    'max_pending: 64MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(join(options.dataDir, 'store'))}`,
    `  max_file_store: ${options.storeLimitBytes ?? 64 * gibibyte}`,
    `  max_memory_store: ${gibibyte}`,
    // An acknowledged fact is on the disk: the default would flush every two minutes.
    '  sync_interval: always',
    '}',
    ...(member === undefined
      ? []
      : ['cluster {', `  name: ${JSON.stringify(member.cluster)}`, `  listen: "127.0.0.1:${member.port}"`, `  routes: ${JSON.stringify(member.routes)}`, '}']),
    '',
  ].join('\n');
}

interface NatsPorts {
  client: number;
  monitor: number;
}

/** Reads `<program>_<pid>.ports`; undefined while it is not there or not written to its end. */
async function readPorts(folder: string): Promise<NatsPorts | undefined> {
  const file = (await readdir(folder)).find((name) => name.endsWith('.ports'));
  if (file === undefined) return undefined;
  const written = JSON.parse(await readFile(join(folder, file), 'utf8')) as { nats?: string[]; monitoring?: string[] };
  const portOf = (urls: string[] | undefined) => (urls?.[0] === undefined ? undefined : Number(new URL(urls[0]).port));
  const client = portOf(written.nats);
  const monitor = portOf(written.monitoring);
  return client === undefined || monitor === undefined ? undefined : { client, monitor };
}
