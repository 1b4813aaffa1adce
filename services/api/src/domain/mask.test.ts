import { describe, expect, test } from '@jest/globals';
import { maskFactJson, maskFields, maskText } from './mask.ts';

describe('masking', () => {
  test.each([
    ['13812341234', 'address', '138****1234'],
    ['8613812341234', 'address', '86138****1234'],
    ['+8613812341234', 'address', '+86138****1234'],
    ['4001', 'address', '40***'],
    ['02062345678', 'address', '020****5678'],
    ['alice@example.com', 'address', 'a***@example.com'],
    ['o6_bmjrPTlm6_2sgVt7hMZOPfL2M', 'address', 'o6***'],
    ['张三', 'displayName', '张**'],
    ['我的卡号是 6222', 'summary', '***'],
    ['13812341234', 'value', '138****1234'],
    ['', 'address', ''],
    ['138****1234', 'address', '138****1234'],
    ['a***@example.com', 'address', 'a***@example.com'],
  ])('%s as %s becomes %s', (value, field, masked) => {
    expect(maskText(value, field)).toBe(masked);
  });

  test('reaches into lists, maps and oneofs and leaves the message as it was', () => {
    const message = {
      contacts: [{ id: '1', customer: { address: '13812341234' } }, { id: '2', customer: undefined }],
      update: { $case: 'contact', value: { summary: 'hello' } },
      labels: { a: 'x', b: 'y' },
    };
    const before = JSON.stringify(message);
    expect(maskFields(message, [['contacts', '*', 'customer', 'address'], ['contact', 'summary'], ['labels', '*'], ['nothing', 'there']])).toEqual({
      contacts: [{ id: '1', customer: { address: '138****1234' } }, { id: '2', customer: undefined }],
      update: { $case: 'contact', value: { summary: '***' } },
      labels: { a: '***', b: '***' },
    });
    expect(JSON.stringify(message)).toBe(before);
  });

  test('reads the JSON of a fact field by field, and lets nothing out that it cannot read', () => {
    expect(maskFactJson('{"customer":{"address":"13812341234","type":"tel"}}', [['customer', 'address']])).toBe('{"customer":{"address":"138****1234","type":"tel"}}');
    expect(maskFactJson('call 13812341234', [['customer', 'address']])).toBe('');
  });
});
