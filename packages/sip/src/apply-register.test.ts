import { describe, expect, test } from '@jest/globals';
import { applyRegister } from './apply-register.ts';
import type { Binding, RegistrarLimits } from './registrar.ts';
import { request } from './testing/messages.ts';

const limits: RegistrarLimits = { minExpiresS: 60, maxExpiresS: 7_200, defaultExpiresS: 3_600, maxBindings: 3 };
const nowMs = 1_000_000;

function register(headers: readonly string[], parts: { cseq?: number; callId?: string } = {}) {
  const one = request({ method: 'REGISTER', headers, ...parts });
  // The builder's own Contact is not wanted here.
  return { ...one, headers: one.headers.filter((field) => field.name !== 'contact' || field.value !== '<sip:alice@192.0.2.1>') };
}

const apply = (bindings: readonly Binding[], headers: readonly string[], parts = {}) => applyRegister(bindings, register(headers, parts), nowMs, limits);
const phone = 'Contact: <sip:1001@10.0.0.5:5062;transport=tcp>';

describe('REGISTER', () => {
  test('binds a contact and says for how long', () => {
    const { bindings, status, headers } = apply([], [`${phone};expires=600;q=0.5;+sip.instance="<urn:uuid:1>"`]);
    expect(bindings).toEqual([
      { uri: 'sip:1001@10.0.0.5:5062;transport=tcp', callId: 'call-1', cseq: 1, expiresAtMs: nowMs + 600_000, q: 0.5, parameters: new Map([['+sip.instance', '<urn:uuid:1>']]) },
    ]);
    expect([status, headers]).toEqual([200, [{ name: 'contact', value: '<sip:1001@10.0.0.5:5062;transport=tcp>;+sip.instance="<urn:uuid:1>";q=0.5;expires=600' }]]);
  });

  test.each([
    ['its own expires', [`${phone};expires=120`, 'Expires: 300'], 120],
    ['the Expires header', [phone, 'Expires: 300'], 300],
    ['the default', [phone], 3_600],
    ['the default when its own is no number', [`${phone};expires=99999999999999`], 3_600],
    ['the longest allowed', [`${phone};expires=1000000`], 7_200],
  ])('takes %s', (_what, headers, expiresS) => {
    expect(apply([], headers).bindings[0]?.expiresAtMs).toBe(nowMs + expiresS * 1_000);
  });

  test('refuses what is too short with 423 and Min-Expires', () => {
    expect(apply([], [`${phone};expires=59`])).toMatchObject({ bindings: [], status: 423, headers: [{ name: 'min-expires', value: '60' }] });
  });

  test('refreshes the same contact, however it is written, and removes it with zero', () => {
    const { bindings } = apply([], [phone]);
    const again = apply(bindings, ['Contact: <SIP:1001@10.0.0.5:5062;Transport=TCP>;expires=900'], { cseq: 2 });
    expect(again.bindings).toMatchObject([{ cseq: 2, expiresAtMs: nowMs + 900_000 }]);
    expect(apply(again.bindings, [`${phone};expires=0`], { cseq: 3 })).toMatchObject({ bindings: [], status: 200, headers: [] });
  });

  test('out of order changes nothing; another Call-ID may', () => {
    const { bindings } = apply([], [phone], { cseq: 5 });
    expect(apply(bindings, [`${phone};expires=0`], { cseq: 5 })).toMatchObject({ bindings, status: 500 });
    expect(apply(bindings, ['Contact: *', 'Expires: 0'], { cseq: 4 })).toMatchObject({ bindings, status: 500 });
    expect(apply(bindings, ['Contact: *', 'Expires: 0'], { cseq: 1, callId: 'other' })).toMatchObject({ bindings: [], status: 200 });
  });

  test('without Contact asks what there is, what has expired left out', () => {
    const { bindings } = apply([], [`${phone}, <sip:b@10.0.0.6>;expires=60`]);
    const later = applyRegister(bindings, register([], { cseq: 2 }), nowMs + 60_000, limits);
    expect([later.status, later.headers]).toEqual([200, [{ name: 'contact', value: '<sip:1001@10.0.0.5:5062;transport=tcp>;q=1;expires=3540' }]]);
  });

  test.each([
    ['with * and no Expires: 0', ['Contact: *'], 400],
    ['with * beside others', ['Contact: *', phone, 'Expires: 0'], 400],
    ['of a scheme that cannot be called', ['Contact: <name:John_Smith>'], 400],
    ['of too many contacts', ['Contact: <sip:a@h1>,<sip:a@h2>,<sip:a@h3>,<sip:a@h4>'], 403],
  ])('%s is refused', (_what, headers, status) => {
    expect(apply([], headers)).toMatchObject({ bindings: [], status });
  });

  test('takes headers off a contact URI (RFC 4475 section 3.3.14)', () => {
    expect(apply([], ['Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>']).bindings[0]?.uri).toBe('sip:user@example.com');
  });
});
