import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { portsNeeded } from './port-plan.ts';
import { highestOffset, parsePortOffset, portOf } from './ports.ts';
import { selectServices, serviceTable, stagesOf } from './services.ts';

const root = mkdtempSync(join(tmpdir(), 'patchbay-services-'));
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function withMain(...folders: string[]): void {
  for (const folder of folders) {
    mkdirSync(join(root, folder, 'src'), { recursive: true });
    writeFileSync(join(root, folder, 'src/main.ts'), '');
  }
}

describe('the table of services', () => {
  test('the directory comes first, the channels after routing, the desks after the channels, the demo last', () => {
    expect(stagesOf(serviceTable).map((stage) => stage.map(({ name }) => name))).toEqual([
      ['directory'],
      ['routing', 'crm', 'recording', 'qa-scoring', 'analytics'],
      ['voice-gateway', 'web-chat', 'email', 'wechat'],
      ['api', 'desk'],
      ['demo'],
    ]);
  });

  test('no two services share a health port or another port', () => {
    const health = serviceTable.map(({ healthIndex }) => healthIndex);
    const others = serviceTable.flatMap(({ ports }) => ports);
    expect(new Set(health).size).toBe(serviceTable.length);
    expect(new Set(others).size).toBe(others.length);
  });
});

describe('choosing services', () => {
  test('a service that is not written yet is left out and named', () => {
    withMain('services/directory', 'services/routing', 'deploy/demo');
    const { present, missing } = selectServices(root, { demo: true, names: ['directory', 'routing', 'desk'] });
    expect(present.map(({ name }) => name)).toEqual(['directory', 'routing']);
    expect(missing).toEqual(['desk']);
  });

  test('a name that no service has is refused', () => {
    expect(() => selectServices(root, { demo: true, names: ['directory', 'rooting'] })).toThrow(expect.objectContaining({ code: 'LOCAL_BAD_OPTION' }));
  });

  test('without the demo nobody misses it', () => {
    withMain('services/directory');
    const { present, missing } = selectServices(root, { demo: false });
    expect(present.map(({ name }) => name)).toEqual(['directory']);
    expect(missing).not.toContain('demo');
  });

  test('only servers that somebody needs, and that are not given, take ports', () => {
    const named = (...names: string[]) => serviceTable.filter(({ name }) => names.includes(name));
    expect(portsNeeded(named('directory', 'desk'), {}, { kafka: true })).toEqual(['desk', 'nats', 'natsMonitor']);
    expect(portsNeeded(named('crm', 'analytics'), {}, { kafka: true })).toEqual(['nats', 'natsMonitor', 'kafka', 'postgres']);
    expect(portsNeeded(named('analytics'), {}, { kafka: false })).not.toContain('kafka');
    expect(portsNeeded(named('crm', 'analytics'), { NATS_URL: 'nats://a', KAFKA_BROKERS: 'b', DATABASE_URL: 'c' }, { kafka: true })).toEqual([]);
  });
});

describe('the port offset', () => {
  test('shifts every port', () => {
    expect(portOf('desk', parsePortOffset(undefined))).toBe(8080);
    expect(portOf('desk', parsePortOffset('1000'))).toBe(9080);
  });

  test.each(['-1', 'x', '1.5', String(highestOffset + 1)])('%s is refused by name', (text) => {
    expect(() => parsePortOffset(text)).toThrow(expect.objectContaining({ code: 'LOCAL_BAD_OPTION' }));
  });
});
