import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decrypt, encrypt, isSameSignature, parseAesKey, signatureOf } from './wechat-crypto.ts';

/** From the platform's page on message push (消息推送) and the samples of its WXBizMsgCrypt library. */
const pushKey = 'A'.repeat(43);
const pushEncrypted =
  '+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=';
const sampleKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const sampleEncrypted =
  'hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=';

describe('call-back encryption', () => {
  test('the platform\'s own signatures come out', () => {
    expect(signatureOf('AAAAA', '1714036504', '1514711492')).toBe('f464b24fc39322e44b38aa78f5edd27bd1441696');
    expect(signatureOf('AAAAA', '1714037059', '486452656')).toBe('899cf89e464efb63f54ddac96b0a0a235f53aa78');
    expect(signatureOf('AAAAA', '1714112445', '415670741', pushEncrypted)).toBe('046e02f8204d34f8ba5fa3b1db94908f3df2e9b3');
    expect(signatureOf('spamtest', '1409735669', '1320562132', sampleEncrypted)).toBe('5d197aaffba7e9b25a30732f161a50dee96bd5fa');
  });

  test('the platform\'s own messages decrypt, a key with spare bits in its last sign included', () => {
    const text = decrypt(pushEncrypted, parseAesKey(pushKey), 'wxba5fad812f8e6fb9');
    expect(JSON.parse(text ?? '{}')).toMatchObject({ Event: 'debug_demo', debug_str: 'hello world', CreateTime: 1714112445 });
    expect(decrypt(sampleEncrypted, parseAesKey(sampleKey), 'wx2c2769f8efd9abc2')).toContain('<Content><![CDATA[abcdteT]]></Content>');
  });

  test('the platform\'s own reply comes out bit for bit', () => {
    const random = Buffer.from('707722b803182950'.slice(0, 16));
    const encrypted = encrypt('{"demo_resp":"good luck"}', parseAesKey(pushKey), 'wxba5fad812f8e6fb9', random);
    expect(encrypted).toBe('ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==');
    expect(signatureOf('AAAAA', '1713424427', '415670741', encrypted)).toBe('1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1');
  });

  test('whatever is encrypted decrypts again, and a changed cipher text or another app id gives nothing', () => {
    const key = parseAesKey(sampleKey);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(), (words, place) => {
        const text = words.toWellFormed();
        const encrypted = encrypt(text, key, 'wx1');
        expect(decrypt(encrypted, key, 'wx1')).toBe(text);
        expect(decrypt(encrypted, key, 'wx2')).toBeUndefined();
        const bytes = Buffer.from(encrypted, 'base64');
        const last = bytes.length - 1 - (place % 16);
        bytes[last] = (bytes[last] ?? 0) ^ 0x55;
        expect(decrypt(bytes.toString('base64'), key, 'wx1')).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('a key of another length is refused, and signatures are compared whole', () => {
    expect(() => parseAesKey('short')).toThrow(expect.objectContaining({ code: 'WECHAT_NOT_CONFIGURED' }) as unknown as Error);
    expect(isSameSignature('abc', 'abc')).toBe(true);
    expect(isSameSignature('abc', 'abcd')).toBe(false);
    expect(isSameSignature('', 'a')).toBe(false);
  });
});
