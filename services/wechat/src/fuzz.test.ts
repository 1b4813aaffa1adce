import { describe, expect, test } from '@jest/globals';
import { AppError } from '@patchbay/runtime/app-error';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { mutated } from '@patchbay/testkit/mutated';
import fc from 'fast-check';
import { openCallBack } from './call-back.ts';
import { parseCallBack } from './wire/call-back-xml.ts';
import { decodeMessage } from './wire/decode-message.ts';
import { encrypt, parseAesKey, signatureOf } from './wire/wechat-crypto.ts';

const message = '<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[openid]]></FromUserName><CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[您好 &amp;]]></Content><MsgId>6054768590064713728</MsgId></xml>';
const seeds = [message, message.replace('text', 'location').replace('<Content>', '<Location_X>23.1</Location_X><Location_Y>113.3</Location_Y><Content>'), message.replace('[text]', '[event]').replace('<Content>', '<Event>CLICK</Event><EventKey>human</EventKey><Content>'), '{"ToUserName":"gh","FromUserName":"openid","CreateTime":1790000000,"MsgType":"text","Content":"x","MsgId":9223372036854775807}'];
const pieces = ['<![CDATA[', ']]>', '<!DOCTYPE x>', '<!ENTITY', '<?xml?>', '<xml>', '</xml>', '<a/>', '<a b="c">', '&#0;', '&lt;', '"MsgId":'];
const settings = { numRuns: 3_000, seed: 20_260_105 };

/** The value, or the code of the refusal; anything else fails. */
async function told<Value>(act: () => Value | Promise<Value>): Promise<Value | string> {
  try {
    return await act();
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return thrown.code;
  }
}

describe('call-backs with seeded faults', () => {
  test('3,000 messages are read as text fields and decoded, or are bad requests', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(mutated(seeds, pieces), async (bytes) => {
        const fields = await told(() => parseCallBack(Buffer.from(bytes).toString()));
        if (typeof fields === 'string') {
          expect(fields).toBe('WECHAT_BAD_REQUEST');
          return;
        }
        read += 1;
        expect(Object.values(fields).every((field) => typeof field === 'string')).toBe(true);
        const decoded = await decodeMessage(fields, 'wx1', async () => undefined);
        expect(decoded.content).toHaveLength(1);
        expect(decoded.platformTime === undefined || !Number.isNaN(decoded.platformTime.getTime())).toBe(true);
      }),
      settings,
    );
    // Both ways are really taken.
    expect(read).toBeGreaterThan(300);
    expect(read).toBeLessThan(2_700);
  });

  test('3,000 envelopes open as they were sealed, or not at all', async () => {
    const secrets = { token: 'spamtest', encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' };
    const clock = createFakeClock(1_790_000_000_000);
    const encrypted = encrypt(message, parseAesKey(secrets.encodingAesKey), 'wx1', Buffer.alloc(16, 5));
    const query = { timestamp: '1790000000', nonce: '42', msg_signature: signatureOf(secrets.token, '1790000000', '42', encrypted) };
    const genuine = parseCallBack(message);
    await fc.assert(
      fc.asyncProperty(mutated([`<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`], pieces), async (bytes) => {
        const opened = await told(() => openCallBack({ appId: 'wx1', query, body: Buffer.from(bytes).toString() }, secrets, clock));
        if (typeof opened === 'string') expect(['WECHAT_BAD_REQUEST', 'WECHAT_BAD_SIGNATURE']).toContain(opened);
        else expect(opened).toEqual(genuine);
      }),
      settings,
    );
  });
});
