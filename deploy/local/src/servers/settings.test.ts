import { describe, expect, test } from '@jest/globals';
import { kafkaConfig, newClusterId } from './kafka.ts';
import { natsConfig } from './nats.ts';

describe('server settings', () => {
  test('NATS syncs every acknowledged fact and listens on the loopback only', () => {
    const config = natsConfig({ dataDir: '/home/a b/nats', portsFolder: '/ports', port: 4222 });
    expect(config).toContain('sync_interval: always');
    expect(config).toContain('listen: "127.0.0.1:4222"');
    expect(config).toContain('store_dir: "/home/a b/nats/store"');
    expect(config).not.toContain('cluster');
  });

  test('a member of a NATS cluster knows the routes of all', () => {
    const routes = ['nats://127.0.0.1:1', 'nats://127.0.0.1:2'];
    const config = natsConfig({ dataDir: '/d', portsFolder: '/p', member: { name: 'nats-1', cluster: 'patchbay', port: 1, routes } });
    expect(config).toContain('server_name: "nats-1"');
    expect(config).toContain(`routes: ${JSON.stringify(routes)}`);
  });

  test('Kafka is broker and controller in one, on the loopback only, and makes no topic by itself', () => {
    const settings = new Map(kafkaConfig({ dataDir: '/d', port: 9092, controllerPort: 9093 }).split('\n').map((line) => line.split('=') as [string, string]));
    expect(settings.get('process.roles')).toBe('broker,controller');
    expect(settings.get('listeners')).toBe('PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093');
    expect(settings.get('auto.create.topics.enable')).toBe('false');
  });

  test('no id of a Kafka cluster looks like an option of its tool', () => {
    const draws = [Buffer.alloc(16, 0xfb), Buffer.alloc(16, 0x01)];
    expect(draws.map((bytes) => bytes.toString('base64url')[0])).toEqual(['-', 'A']);
    expect(newClusterId(() => draws.shift() ?? Buffer.alloc(16))).toBe('AQEBAQEBAQEBAQEBAQEBAQ');
  });
});
