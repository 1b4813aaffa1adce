import { describe, expect, test } from '@jest/globals';
import { AppError } from './app-error.ts';
import { createConfigReader } from './config-reader.ts';

describe('configuration', () => {
  test('every fault is named at once', () => {
    const reader = createConfigReader({ WORKERS: 'many', MODE: 'fast', VERBOSE: 'maybe' });
    reader.text('NATS_URL', 'where NATS is');
    reader.integer('WORKERS', 'number of workers', { min: 1, max: 8 });
    reader.oneOf('MODE', 'how to run', ['safe', 'quick']);
    reader.flag('VERBOSE', 'say more', false);
    let thrown: unknown;
    try {
      reader.finish();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(AppError);
    const details = Object.values((thrown as AppError).details);
    expect(details).toHaveLength(4);
    for (const name of ['NATS_URL', 'WORKERS', 'MODE', 'VERBOSE']) expect(details.join('\n')).toContain(name);
  });

  test('the port offset shifts defaults but not ports that were named', () => {
    const environment = { PATCHBAY_PORT_OFFSET: '1000', SMTP_PORT: '2500' };
    const reader = createConfigReader(environment);
    expect(reader.port('SMTP_PORT', 'mail', 2525)).toBe(2500);
    expect(reader.port('SIP_PORT', 'calls', 5060)).toBe(6060);
    expect(reader.port('ANY_PORT', 'free', 0)).toBe(0);
    reader.finish();
  });
});
