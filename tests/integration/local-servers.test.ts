import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAlive } from '@patchbay/local/process/identity';
import { isPortTaken } from '@patchbay/local/servers/free-port';
import { findJava } from '@patchbay/local/servers/java';
import { launchKafka } from '@patchbay/local/servers/kafka';
import { launchNats } from '@patchbay/local/servers/nats';
import { launchNatsCluster } from '@patchbay/local/servers/nats-cluster';
import { launchPostgres } from '@patchbay/local/servers/postgres';
import { PostgresFailure, runStatement } from '@patchbay/local/servers/postgres-protocol';
import { eventually } from '@patchbay/testkit/eventually';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-servers-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The INFO line that a NATS server greets with. */
async function greetingOf(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    const [bytes] = (await once(socket, 'data', { signal: AbortSignal.timeout(5000) })) as [Buffer];
    return bytes.toString();
  } finally {
    socket.destroy();
  }
}

describe('NATS', () => {
  test('a launched server answers, has JetStream, and leaves neither process nor port behind', async () => {
    const server = await launchNats({ dataDir: join(folder, 'nats') });
    const greeting = await greetingOf(server.port);
    expect(greeting).toMatch(/^INFO .*"jetstream":true/);
    expect(greeting).toContain(`"max_payload":${4 * 1024 * 1024}`);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(await isPortTaken(server.port)).toBe(false);
    expect(await isPortTaken(server.monitorPort)).toBe(false);
  });

  test('acknowledged facts are synced to the disk at once', async () => {
    const server = await launchNats({ dataDir: join(folder, 'nats') });
    const page = (await (await fetch(`http://127.0.0.1:${server.monitorPort}/varz`)).json()) as { jetstream: { config: { sync_always?: boolean } } };
    expect(page.jetstream.config.sync_always).toBe(true);
    await server.stop();
  });

  test('a killed server starts again on its port and data', async () => {
    const first = await launchNats({ dataDir: join(folder, 'nats') });
    await first.kill();
    const second = await launchNats({ dataDir: join(folder, 'nats'), port: first.port, monitorPort: first.monitorPort });
    expect(second.url).toBe(first.url);
    await second.stop();
  });

  test('a server ends when the process that launched it is killed', async () => {
    const module = fileURLToPath(import.meta.resolve('@patchbay/local/servers/nats'));
    const script = `import { launchNats } from ${JSON.stringify(module)}; const server = await launchNats({ dataDir: ${JSON.stringify(join(folder, 'nats'))} }); console.log(server.pid); setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(starter.stdout, 'data', { signal: AbortSignal.timeout(30_000) })) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    starter.kill('SIGKILL');
    await eventually('the server is gone', () => !isAlive(pid));
  });

  test('a cluster of three elects a leader again after one member was killed', async () => {
    const cluster = await launchNatsCluster(3, { dataDir: folder });
    try {
      const metaOf = async (index: number) => {
        const answer = await fetch(`http://127.0.0.1:${cluster.members[index]!.monitorPort}/jsz`);
        return ((await answer.json()) as { meta_cluster: { leader?: string; cluster_size: number } }).meta_cluster;
      };
      const leader = async (index: number) => (await metaOf(index)).leader;
      const sizeSeenBy = async (index: number) => (await metaOf(index)).cluster_size;
      expect(await Promise.all([0, 1, 2].map(sizeSeenBy))).toEqual([3, 3, 3]);
      const before = await leader(0);
      const index = Number(before!.slice(-1)) - 1;
      await cluster.members[index]!.kill();
      const survivor = (index + 1) % 3;
      await eventually('another leader', async () => ![before, undefined, ''].includes(await leader(survivor)), 30_000);
      await cluster.restart(index);
      await eventually('the member knows the leader', async () => (await leader(index)) === (await leader(survivor)));
    } finally {
      await cluster.stop();
    }
    expect(cluster.members.map((member) => isAlive(member.pid))).toEqual([false, false, false]);
  });
});

describe('PostgreSQL', () => {
  test('databases asked for exist, data outlive a crash, and nothing stays behind', async () => {
    const dataDir = join(folder, 'postgres');
    const first = await launchPostgres({ dataDir, databases: ['patchbay', 'crm'] });
    const { password } = new URL(first.url);
    const login = (port: number) => ({ port, user: 'patchbay', password, database: 'crm' });
    await runStatement(login(first.port), 'CREATE TABLE contact (id text)', AbortSignal.timeout(10_000));
    await first.kill();
    const second = await launchPostgres({ dataDir });
    const again = runStatement(login(second.port), 'CREATE TABLE contact (id text)', AbortSignal.timeout(10_000));
    await expect(again).rejects.toMatchObject({ sqlState: '42P07' });
    await second.stop();
    expect(isAlive(second.pid)).toBe(false);
    expect(await isPortTaken(second.port)).toBe(false);
  });

  test('a wrong password is refused', async () => {
    const server = await launchPostgres({ dataDir: join(folder, 'postgres'), durable: false });
    const wrong = { port: server.port, user: 'patchbay', password: 'guess', database: 'patchbay' };
    await expect(runStatement(wrong, 'SELECT 1', AbortSignal.timeout(10_000))).rejects.toBeInstanceOf(PostgresFailure);
    await server.stop();
  });
});

const java = await findJava();
describe('Kafka', () => {
  (java === undefined ? test.skip : test)(
    'a broker answers, starts again on its data, and leaves neither process nor port behind',
    async () => {
      const dataDir = join(folder, 'kafka');
      const first = await launchKafka({ dataDir });
      await first.kill();
      const second = await launchKafka({ dataDir, port: first.port });
      expect(second.brokers).toBe(`127.0.0.1:${first.port}`);
      await second.stop();
      expect(isAlive(second.pid)).toBe(false);
      expect(await isPortTaken(second.port)).toBe(false);
    },
    300_000,
  );
});
