import { describe, expect, test } from '@jest/globals';
import { maskAddress, normaliseAddress } from './identity.ts';

describe('normal form of an address', () => {
  test.each([
    ['email', ' Zhang.San@QQ.com ', 'zhang.san@qq.com'],
    ['tel', '+86 138-0013-8000', '8613800138000'],
    ['wechat_openid', 'oAbCdEf', 'oAbCdEf'],
    ['visitor', 'Cafe\u0301', 'Caf\u00e9'],
    ['visitor', 'a\ud800b', 'a\ufffdb'],
  ])('%s %j becomes %j', (type, address, normal) => {
    expect(normaliseAddress(type, address)).toBe(normal);
  });
});

describe('mask of an address', () => {
  test.each([
    ['tel', '13800131234', '138****1234'],
    ['email', 'zhang.san@qq.com', 'z***@qq.com'],
    ['wechat_openid', 'oAbCdEfGhIjKlMn', 'oAb********lMn'],
    ['visitor', 'abc', '***'],
    ['email', 'no-at-sign', 'no-****ign'],
    ['tel', '', '*'],
  ])('%s %j shows as %j', (type, address, masked) => {
    expect(maskAddress(type, address)).toBe(masked);
  });
});
