import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createDnsResolver, type NameService } from './dns-resolver.ts';

const unknown = () => Promise.reject(new Error('ENOTFOUND'));

function resolver(names: Partial<NameService>) {
  const clock = createFakeClock();
  return { clock, ...createDnsResolver({ clock, names: { services: unknown, addresses: unknown, ...names } }) };
}

describe('a name', () => {
  test('is looked up as a service first, in the order of priority and weight', async () => {
    const asked: string[] = [];
    const { resolve } = resolver({
      services: (name) => {
        asked.push(name);
        return Promise.resolve([
          { name: 'c.example', port: 5_063, priority: 20, weight: 1 },
          { name: 'gone.example', port: 5_064, priority: 5, weight: 1 },
          { name: 'a.example', port: 5_061, priority: 10, weight: 90 },
          { name: 'b.example', port: 5_062, priority: 10, weight: 10 },
        ]);
      },
      addresses: (host) => (host === 'gone.example' ? unknown() : Promise.resolve([`192.0.2.${host.charCodeAt(0)}`])),
    });
    expect(await resolve({ host: 'trunk.example', port: undefined, protocol: 'TCP' })).toEqual([
      { protocol: 'TCP', address: '192.0.2.97', port: 5_061 },
      { protocol: 'TCP', address: '192.0.2.98', port: 5_062 },
      { protocol: 'TCP', address: '192.0.2.99', port: 5_063 },
    ]);
    expect(asked).toEqual(['_sip._tcp.trunk.example']);
  });

  test('with a port, or without services, is looked up as a host', async () => {
    const { resolve } = resolver({ addresses: () => Promise.resolve(['192.0.2.1', '2001:db8::1']) });
    expect(await resolve({ host: 'pbx.example', port: 5_080, protocol: 'UDP' })).toEqual([
      { protocol: 'UDP', address: '192.0.2.1', port: 5_080 },
      { protocol: 'UDP', address: '2001:db8::1', port: 5_080 },
    ]);
    expect((await resolve({ host: 'pbx.example', port: undefined, protocol: 'UDP' }))[0]?.port).toBe(5_060);
  });

  test('that nobody knows, or not in time, is not resolved', async () => {
    await expect(resolver({}).resolve({ host: 'pbx.example', port: undefined, protocol: 'UDP' })).rejects.toMatchObject({ code: 'SIP_UNRESOLVED' });
    const slow = resolver({ services: () => new Promise(() => {}) });
    const outcome = expect(slow.resolve({ host: 'pbx.example', port: undefined, protocol: 'UDP' })).rejects.toMatchObject({ code: 'SIP_UNRESOLVED' });
    await slow.clock.advanceAsync(5_000);
    await outcome;
    expect(slow.clock.pendingTimers()).toBe(0);
  });
});
