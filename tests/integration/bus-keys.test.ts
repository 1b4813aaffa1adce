import { describe, expect, test } from '@jest/globals';
import { openKv } from '@patchbay/bus/kv';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { acquireLease } from '@patchbay/bus/lease';
import { openObjects } from '@patchbay/bus/objects';
import { ensureTopology, kvStream } from '@patchbay/bus/topology';
import type { AppError } from '@patchbay/runtime/app-error';
import { createIdSource } from '@patchbay/runtime/ids';
import { eventually } from '@patchbay/testkit/eventually';
import { running, service, useTestBus } from '../support/test-bus.ts';

const ids = createIdSource();

useTestBus('writer');

describe('keys, leases and objects', () => {
  test('a key is created once, updated at its revision only, and expires', async () => {
    const kv = await openKv(running.bus, 'channel-state');
    const key = `t.${ids.next()}`;
    const revision = await kv.create(key, Buffer.from('one'));
    await expect(kv.create(key, Buffer.from('two'))).rejects.toMatchObject({ code: 'BUS_CONFLICT' });
    await kv.update(key, Buffer.from('two'), revision);
    await expect(kv.update(key, Buffer.from('three'), revision)).rejects.toMatchObject({ code: 'BUS_CONFLICT' });
    await kv.delete(key);
    expect(await kv.get(key)).toBeUndefined();
    await kv.create(key, Buffer.from('short'), { ttlMs: 1_000 });
    await eventually('it to expire', async () => (await kv.get(key)) === undefined);
    await kv.create(key, Buffer.from('again'));
  });

  test('a mirror has what is there, follows changes and bears a restart of the server', async () => {
    const kv = await openKv(running.bus, 'channel-state');
    const prefix = `m${Date.now()}`;
    await kv.put(`${prefix}.a`, Buffer.from('1'));
    const reader = await service('mirror');
    const changes: string[] = [];
    const mirror = await mirrorKv(reader, {
      bucket: 'channel-state',
      prefix,
      decode: (bytes) => Buffer.from(bytes).toString(),
      onChange: (key, value) => void changes.push(`${key.slice(prefix.length + 1)}=${value ?? 'gone'}`),
    });
    expect(mirror.get(`${prefix}.a`)).toBe('1');
    await kv.put(`${prefix}.b`, Buffer.from('2'));
    await kv.delete(`${prefix}.a`);
    await eventually('the changes', () => mirror.get(`${prefix}.b`) === '2' && mirror.get(`${prefix}.a`) === undefined);
    await running.nats.crashAndRestart();
    await eventually('the server to be back', async () => (await kv.put(`${prefix}.c`, Buffer.from('3'))) > 0);
    await eventually('the change after the restart', () => mirror.get(`${prefix}.c`) === '3');
    expect(changes).toEqual(['a=1', 'b=2', 'a=gone', 'c=3']);
    mirror.stop();
  });

  test('one holds a lease; the next gets it after release or silence, with a higher epoch', async () => {
    const name = `test.${ids.next()}`;
    const [one, two] = [await service('one'), await service('two')];
    const first = await acquireLease(one, { name, ttlMs: 2_000, onLost: () => {} });
    const waiting = acquireLease(two, { name, ttlMs: 2_000, onLost: () => {} });
    expect(first.isHeld()).toBe(true);
    await first.release();
    const second = await waiting;
    expect(second.epoch > first.epoch).toBe(true);
    // A holder that vanishes without a word blocks the place no longer than its time to live.
    await two.nc.close();
    const third = await acquireLease(one, { name, ttlMs: 2_000, onLost: () => {} });
    expect(third.epoch > second.epoch).toBe(true);
    await third.release();
  });

  test('a holder whose silence the server does not notice is silent all the same; one that goes on is left alone', async () => {
    const name = `test.${ids.next()}`;
    const kv = await openKv(running.bus, 'leases');
    // No time to live on the server: only who waits can tell that nothing comes any more.
    let revision = await kv.put(name, Buffer.from('holder 1 2000'));
    const waiting = acquireLease(await service('waiting'), { name, ttlMs: 2_000, onLost: () => {} });
    let isHeld = false;
    waiting.then(() => (isHeld = true), () => undefined);
    const startedMs = performance.now();
    await eventually('a while of signs of life', async () => {
      revision = await kv.update(name, Buffer.from('holder 1 2000'), revision);
      return performance.now() - startedMs > 3_000;
    });
    expect(isHeld).toBe(false);
    const lease = await waiting;
    expect(lease.epoch > BigInt(revision)).toBe(true);
    await lease.release();
  });

  test('a deposed holder is told', async () => {
    const name = `test.${ids.next()}`;
    let lost: AppError | undefined;
    const holder = await service('holder');
    const lease = await acquireLease(holder, { name, ttlMs: 2_000, onLost: (error) => (lost = error) });
    const kv = await openKv(running.bus, 'leases');
    await kv.put(name, Buffer.from('usurper'));
    await eventually('the loss', () => lost?.code === 'BUS_LEASE_LOST');
    expect(lease.isHeld()).toBe(false);
  });

  test('a write and a lease wait out the time in which nobody leads the bucket', async () => {
    // A publish into a stream without a leader is answered by nobody, just as one into a stream that is not there.
    await running.bus.jsm.streams.delete(kvStream('desk-state'));
    await running.bus.jsm.streams.delete(kvStream('leases'));
    const [desk, another] = [await openKv(running.bus, 'desk-state'), await openKv(running.bus, 'leases')];
    await expect(another.create('x', Buffer.from('x'))).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    const written = desk.put('agent', Buffer.from('ready'));
    const held = acquireLease(running.bus, { name: 'place', ttlMs: 2_000, onLost: () => {} });
    await running.bus.nc.flush();
    await ensureTopology(running.bus);
    expect(await written).toBeGreaterThan(0);
    await (await held).release();
  });

  test('an object comes back byte for byte with its checksum, and is gone when deleted', async () => {
    const objects = await openObjects(running.bus, 'recordings');
    const bytes = Buffer.alloc(400_000, 'sound');
    const stored = await objects.put('demo/x.wav', bytes, { mime: 'audio/wav' });
    expect(stored).toMatchObject({ object: 'demo/x.wav', sizeBytes: 400_000n, mime: 'audio/wav' });
    expect(Buffer.compare(await objects.get('demo/x.wav'), bytes)).toBe(0);
    expect(await objects.describe('demo/x.wav')).toEqual(stored);
    await objects.delete('demo/x.wav');
    await expect(objects.get('demo/x.wav')).rejects.toMatchObject({ code: 'BUS_OBJECT_UNKNOWN' });
  });
});
