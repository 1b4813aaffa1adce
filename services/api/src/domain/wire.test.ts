import { describe, expect, test } from '@jest/globals';
import { ListContactsRequest } from '@patchbay/contracts/crm/v1/contact_service';
import { Kpi } from '@patchbay/contracts/analytics/v1/analytics_service';
import { isWellFormed } from './wire.ts';

describe('bytes of a message', () => {
  test('of every kind of field are taken', () => {
    const contacts = ListContactsRequest.encode(ListContactsRequest.fromPartial({ pageSize: 500, pageToken: 'x'.repeat(300), statuses: [1, 8], startedFrom: new Date(), channel: '' })).finish();
    const kpi = Kpi.encode(Kpi.fromPartial({ queue: '账单', offered: 9_007_199_254_740_993n, serviceLevelPct: 80.5 })).finish();
    for (const bytes of [new Uint8Array(), contacts, kpi]) expect(isWellFormed(bytes)).toBe(true);
  });

  test('that are cut off anywhere but between two fields are refused', () => {
    const bytes = ListContactsRequest.encode(ListContactsRequest.fromPartial({ pageToken: 'abc', channel: 'voice' })).finish();
    const good = Array.from({ length: bytes.length + 1 }, (_, length) => length).filter((length) => isWellFormed(bytes.subarray(0, length)));
    expect(good).toEqual([0, 5, bytes.length]);
  });

  test.each([
    ['field number zero', [0x02, 0x00]],
    ['the end of a group', [0x0c]],
    ['a group', [0x0b, 0x0c]],
    ['wire type six', [0x0e, 0x00]],
    ['a tag of six bytes', [0x88, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00]],
    ['a number of eleven bytes', [0x08, ...Array<number>(10).fill(0xff), 0x01]],
    ['a length beyond everything', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ])('%s is refused', (_what, bytes) => {
    expect(isWellFormed(Uint8Array.from(bytes))).toBe(false);
  });
});
