import { describe, expect, test } from '@jest/globals';
import type { Finding } from './finding.ts';
import { formatMissingPeers } from './peers.ts';

const group = 'tests with foreign software';
const sipp: Finding = { group, name: 'sipp', state: 'found', detail: '/usr/bin/sipp' };
const swaks: Finding = { group, name: 'swaks', state: 'optional', detail: 'not on PATH', remedy: 'apt-get install swaks' };
const wechatpy: Finding = { group, name: 'wechatpy', state: 'optional', detail: 'python3 cannot import it', remedy: 'pip install them' };

describe('the tests of the peers', () => {
  test('go ahead when everything is there', () => {
    expect(formatMissingPeers([sipp])).toBeUndefined();
  });

  test('name all that is missing and each way to get it once', () => {
    expect(formatMissingPeers([sipp, swaks, wechatpy, { ...wechatpy, name: 'aiosmtpd' }])).toBe(
      [
        'The tests of the peers talk to software of others and install nothing. Missing:',
        '  swaks     not on PATH',
        '  wechatpy  python3 cannot import it',
        '  aiosmtpd  python3 cannot import it',
        'To get it:',
        '  apt-get install swaks',
        '  pip install them',
        '',
      ].join('\n'),
    );
  });
});
