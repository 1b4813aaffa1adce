import { describe, expect, test } from '@jest/globals';
import { formatFindings, isHealthy } from './doctor.ts';
import type { Finding } from './finding.ts';

const nats: Finding = { group: 'servers', name: 'NATS', state: 'found', detail: '2.15.1 in the cache' };
const kafka: Finding = { group: 'servers', name: 'Kafka', state: 'optional', detail: 'no Java', remedy: 'install a JRE' };
const port: Finding = { group: 'ports', name: '8080', state: 'missing', detail: 'held by process 7', remedy: 'end it' };

describe('the doctor', () => {
  test('what can be done without does not make it ill, what is needed does', () => {
    expect(isHealthy([nats, kafka])).toBe(true);
    expect(isHealthy([nats, kafka, port])).toBe(false);
  });

  test('names each remedy under its finding', () => {
    const text = formatFindings([nats, kafka, port]);
    expect(text).toMatch(/– Kafka +no Java\n +→ install a JRE\n/);
    expect(text).toMatch(/ports\n +✗ 8080 +held by process 7\n +→ end it/);
    expect(text).toContain('Something that is needed is missing');
  });
});
