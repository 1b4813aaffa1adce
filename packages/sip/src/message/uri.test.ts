import { describe, expect, test } from '@jest/globals';
import { isSameUri, parseUri, unescapeUriText } from './uri.ts';

describe('a SIP URI', () => {
  test('is taken apart', () => {
    expect(parseUri('sips:alice;day=tue:secret@Chicago.Example.com:5061;transport=TCP;lr?subject=x&y=z')).toEqual({
      scheme: 'sips',
      user: 'alice;day=tue',
      password: 'secret',
      host: 'chicago.example.com',
      port: 5061,
      parameters: new Map<string, string | undefined>([['transport', 'TCP'], ['lr', undefined]]),
      headers: 'subject=x&y=z',
    });
  });

  test.each(['sip:', 'sip:@host', 'sip:a b@host', 'sip:a@', 'sip:a@host:', 'sip:a@host;', 'sip:a@host;x=1;X=2', 'sip:a@ho st', 'sip:a@host..example', ':a@host', 'sip:a<@host', 'noscheme', ''])(
    '%j is none',
    (text) => {
      expect(() => parseUri(text)).toThrow(expect.objectContaining({ code: 'SIP_BAD_URI' }));
    },
  );

  test.each(['tel:+86-10-1234', 'nobodyKnowsThisScheme:totallyopaquecontent', 'soap.beep://192.0.2.103:3002'])('%s is one of another scheme', (text) => {
    expect(parseUri(text)).toHaveProperty('opaque');
  });

  test('has a user part that is read as UTF-8 behind its escapes', () => {
    expect([unescapeUriText('%E7%8E%8B'), unescapeUriText('a%40b'), unescapeUriText('%FF')]).toEqual(['王', 'a@b', '%FF']);
  });
});

/** The pairs of RFC 3261 section 19.1.4. */
describe('two URIs', () => {
  test.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
  ])('%s and %s are the same', (left, right) => {
    expect(isSameUri(parseUri(left), parseUri(right))).toBe(true);
  });

  test.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['tel:+1', 'sip:+1@example.com'],
  ])('%s and %s are not', (left, right) => {
    expect(isSameUri(parseUri(left), parseUri(right))).toBe(false);
  });
});
