import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@patchbay/local/servers/free-port';
import { findNatsBinary } from '@patchbay/local/servers/nats-binary';
import { startServer } from '@patchbay/local/servers/running-server';

/** A server that runs with a configuration file of `deploy/nats`. */
interface ShippedServer {
  name: string;
  monitorUrl: string;
  kill(): Promise<void>;
}

/** Servers as they are deployed; only places (ports, folders, addresses of peers) differ. */
export interface ShippedNats {
  servers: readonly ShippedServer[];
  /** Addresses with the login of the services. */
  url: string;
  /** The same addresses without it. */
  urlWithoutLogin: string;
  stop(): Promise<void>;
}

const folderOfConfigs = fileURLToPath(new URL('../../deploy/nats/', import.meta.url));
const password = 'pa55-of/test';

/** Starts `deploy/nats/single.conf` once, or `cluster.conf` as often as there are servers. */
export async function startShippedNats(count: 1 | 3): Promise<ShippedNats> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-shipped-'));
  const { path: command } = await findNatsBinary();
  const ports = await freePorts(count * 3);
  const [clients, monitors, routes] = [0, 1, 2].map((kind) => ports.slice(kind * count, (kind + 1) * count)) as [number[], number[], number[]];
  const env = {
    NATS_PASSWORD: password,
    NATS_SYSTEM_PASSWORD: 'system',
    NATS_CLUSTER_PASSWORD: 'cluster',
    NATS_STORE_LIMIT: '64GB',
    NATS_ROUTES: JSON.stringify(routes.map((port) => `nats://cluster:cluster@127.0.0.1:${port}`)),
  };
  const start = async (index: number) => {
    const name = `nats-${index}`;
    const data = join(folder, name);
    const places = ['--addr', '127.0.0.1', '--port', `${clients[index]}`, '--http_port', `${monitors[index]}`, '--pid', `${data}.pid`];
    const cluster = count === 1 ? [] : ['--cluster', `nats://127.0.0.1:${routes[index]}`];
    const monitorUrl = `http://127.0.0.1:${monitors[index]}`;
    const child = await startServer({
      name,
      log: `${data}.log`,
      child: { command, args: ['--config', join(folderOfConfigs, count === 1 ? 'single.conf' : 'cluster.conf'), ...places, ...cluster], env: { ...env, NATS_SERVER_NAME: name, NATS_STORE: data } },
      probe: async (signal) => (await fetch(`${monitorUrl}/healthz`, { signal })).ok,
    });
    const kill = async () => {
      child.signal('SIGKILL');
      await child.exited;
    };
    return { name, monitorUrl, kill };
  };
  const started = await Promise.allSettled(clients.map((_, index) => start(index)));
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const urlOf = (login: string) => clients.map((port) => `nats://${login}127.0.0.1:${port}`).join(',');
  return { servers, url: urlOf(`patchbay:${encodeURIComponent(password)}@`), urlWithoutLogin: urlOf(''), stop };
}
