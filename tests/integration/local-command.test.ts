import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAlive } from '@patchbay/local/process/identity';
import { basePorts, holdFreeOffset, type HeldOffset } from '@patchbay/local/stack/ports';
import type { StackFile } from '@patchbay/local/stack/home';
import { eventually } from '@patchbay/testkit/eventually';

const bin = fileURLToPath(new URL('../../deploy/local/bin/', import.meta.url));
let home: string;
let children: ChildProcess[] = [];
let ports: HeldOffset;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-command-'));
  ports = await holdFreeOffset(['desk', 'nats', 'natsMonitor'], 16);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await ports.release();
  await rm(home, { recursive: true, force: true });
});

function run(script: string, options: { args?: string[]; env?: Record<string, string> } = {}) {
  const child = spawn(process.execPath, [join(bin, script), ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATCHBAY_HOME: home, PATCHBAY_SERVICES: 'directory', PATCHBAY_KAFKA: '0', PATCHBAY_DEMO: '0', ...options.env },
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  return { child, output: () => output, exited: once(child, 'close') as Promise<[number | null]> };
}

async function startCommand() {
  const { offset } = ports;
  const command = run('stack.mjs', { env: { PATCHBAY_PORT_OFFSET: String(offset) } });
  await eventually('ready', () => /^ready in/m.test(command.output()), 60_000);
  const state = JSON.parse(await readFile(join(home, 'stack.json'), 'utf8')) as StackFile;
  return { ...command, offset, pids: state.processes.map(({ pid }) => pid) };
}

describe('npm start', () => {
  test('prints ready with the addresses and the first password, and the password only once', async () => {
    const first = await startCommand();
    const password = (await readFile(join(home, 'admin-password'), 'utf8')).trim();
    expect(first.output()).toContain(`nats://127.0.0.1:${basePorts.nats + first.offset}`);
    expect(first.output()).toContain(`admin / ${password}`);
    first.child.kill('SIGTERM');
    await first.exited;
    const second = await startCommand();
    expect(second.output()).not.toContain(password);
    second.child.kill('SIGTERM');
    expect(await second.exited).toEqual([0, null]);
  });

  test('one Ctrl-C that arrives twice drains; nothing stays behind', async () => {
    const command = await startCommand();
    expect(command.pids.map(isAlive)).toEqual([true, true]);
    command.child.kill('SIGINT');
    await eventually('the first press is seen', () => command.output().includes('stopping'));
    command.child.kill('SIGINT');
    expect(await command.exited).toEqual([0, null]);
    expect(command.output()).toContain('stopped');
    expect(command.pids.map(isAlive)).toEqual([false, false]);
  });

  test('a supervisor that is killed takes its processes with it', async () => {
    const command = await startCommand();
    command.child.kill('SIGKILL');
    await eventually('its processes are gone', () => !command.pids.some(isAlive));
    const again = await startCommand();
    again.child.kill('SIGTERM');
    await again.exited;
  });
});

describe('patchbay doctor', () => {
  test('finds a taken port and its owner, and says so by its exit code', async () => {
    const { offset } = ports;
    const squatter = createServer().listen(basePorts.desk + offset, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const doctor = run('doctor.mjs', { args: ['--json'], env: { PATCHBAY_PORT_OFFSET: String(offset) } });
    const [code] = await doctor.exited;
    squatter.close();
    const report = JSON.parse(doctor.output()) as { ok: boolean; findings: { name: string; state: string; detail: string }[] };
    expect(code).toBe(1);
    expect(report.ok).toBe(false);
    const finding = report.findings.find(({ name }) => name === String(port));
    expect(finding).toMatchObject({ state: 'missing' });
    if (existsSync('/proc')) expect(finding?.detail).toContain(`process ${process.pid}`);
  });
});
