// The trees that become images, made as the Dockerfile makes them and started as a container starts them.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@patchbay/local/servers/free-port';
import { startServer } from '@patchbay/local/servers/running-server';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { buildImageTree, imageStart, readDockerfile } from '../support/image-tree.ts';

let nats: TestNats;
let folder: string;
beforeAll(async () => {
  nats = await startNats();
  folder = await mkdtemp(join(tmpdir(), 'patchbay-image-'));
  // An image is read by a user who owns nothing in it.
  await chmod(folder, 0o755);
});
afterAll(async () => {
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a tree as its container would be: nothing of this project around it, as a user who owns nothing of it. */
async function startTree(service: string, tree: string) {
  const { env, args, uid } = await imageStart();
  const port = await freePort();
  const home = await mkdtemp(join(folder, 'home-'));
  await chmod(home, 0o777);
  const asUser = process.getuid?.() === 0 ? { uid, gid: uid } : {};
  return startServer({
    name: service,
    log: join(folder, `${service}.log`),
    child: { command: process.execPath, args, cwd: tree, env: { ...env, NATS_URL: nats.url, PATCHBAY_HOME: home, PATCHBAY_HEALTH_PORT: String(port) }, ...asUser },
    probe: async (signal) => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal })).ok,
  });
}

describe('an image', () => {
  test('holds no test, no build tool, and runs as a user without a name', async () => {
    const last = (await readDockerfile()).at(-1)!;
    expect(last.instructions.filter(({ name }) => name === 'COPY').map(({ text }) => text)).toEqual(['--from=tree /patchbay ./']);
    expect((await imageStart()).uid).toBeGreaterThan(10_000);
  });

  // One with a native module and a thread that parses, one with an embedded database; `npm run test:k8s` loads them all.
  test.each(['directory', 'analytics'])(
    'of %s has every package it needs at run time: it gets ready and stops cleanly',
    async (service) => {
      const tree = await buildImageTree(service, join(folder, service));
      const child = await startTree(service, tree);
      expect(await child.end({ graceMs: 20_000 })).toEqual({ code: 0, signal: null });
    },
    180_000,
  );
});
