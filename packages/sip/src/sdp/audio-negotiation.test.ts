import { describe, expect, test } from '@jest/globals';
import type { MediaDirection } from './audio.ts';
import { createAudioNegotiation } from './audio-negotiation.ts';

const leg = (options = {}) => createAudioNegotiation({ sessionId: '77', address: '192.0.2.10', port: 40_000, ...options });

function remote(media: readonly string[], c = '198.51.100.1'): string {
  return ['v=0', 'o=phone 1 1 IN IP4 198.51.100.1', 's=-', `c=IN IP4 ${c}`, 't=0 0', ...media, ''].join('\r\n');
}

const audio = ['m=audio 6000 RTP/AVP 8 0 96', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-16'];

describe('an offer of the other side', () => {
  test('is answered with its first codec that we have, under its own numbers', () => {
    const result = leg().answer(remote(audio));
    expect(result).toMatchObject({
      kind: 'agreed',
      media: {
        codec: 'PCMA',
        send: { address: '198.51.100.1', port: 6_000, rtcpPort: 6_001, payloadType: 8, dtmfPayloadType: 96, ptimeMs: 20 },
        receive: { payloadType: 8, dtmfPayloadType: 96 },
        direction: 'sendrecv',
        heldByRemote: false,
      },
    });
    expect(result.kind === 'agreed' && result.sdp).toBe(
      ['v=0', 'o=- 77 1 IN IP4 192.0.2.10', 's=-', 'c=IN IP4 192.0.2.10', 't=0 0', 'm=audio 40000 RTP/AVP 8 96', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-15', 'a=ptime:20', 'a=sendrecv', ''].join('\r\n'),
    );
  });

  test('with static types alone needs no rtpmap', () => {
    expect(leg().answer(remote(['m=audio 6000 RTP/AVP 18 0']))).toMatchObject({ kind: 'agreed', media: { codec: 'PCMU', send: { payloadType: 0, dtmfPayloadType: undefined } } });
  });

  test('may give G.711 a dynamic number', () => {
    expect(leg().answer(remote(['m=audio 6000 RTP/AVP 97', 'a=rtpmap:97 pcmu/8000/1']))).toMatchObject({ media: { codec: 'PCMU', send: { payloadType: 97 }, receive: { payloadType: 97 } } });
  });

  test('with video has it rejected in its place, and later offers repeat it there', () => {
    const one = leg();
    const result = one.answer(remote(['m=video 7000 RTP/AVP 31', ...audio, 'm=image 0 udptl t38']));
    const lines = (sdp: string) => sdp.split('\r\n').filter((line) => line.startsWith('m='));
    expect(result.kind === 'agreed' && lines(result.sdp)).toEqual(['m=video 0 RTP/AVP 31', 'm=audio 40000 RTP/AVP 8 96', 'm=image 0 udptl t38']);
    expect(lines(one.offer())).toEqual(['m=video 0 RTP/AVP 31', 'm=audio 40000 RTP/AVP 0 8 96', 'm=image 0 udptl t38']);
  });

  test.each<[string, string[]]>([
    ['no codec of ours', ['m=audio 6000 RTP/AVP 18 111', 'a=rtpmap:111 opus/48000/2']],
    ['only a wide-band clock', ['m=audio 6000 RTP/AVP 97', 'a=rtpmap:97 PCMU/16000']],
    ['rejected audio', ['m=audio 0 RTP/AVP 0']],
    ['secured audio', ['m=audio 6000 RTP/SAVP 0']],
    ['no audio', ['m=video 7000 RTP/AVP 31']],
    ['nothing', []],
  ])('with %s is refused with 488 and changes nothing', (_what, media) => {
    const one = leg();
    one.answer(remote(audio));
    const before = one.current();
    expect(one.answer(remote(media))).toMatchObject({ kind: 'refused', status: 488 });
    expect(one.current()).toBe(before);
  });

  test('whose address is a name is refused: names are not looked up', () => {
    expect(leg().answer(remote(audio, 'media.example'))).toMatchObject({ kind: 'refused', status: 488 });
  });

  test.each([
    ['no description', 'hello'],
    ['another version', remote(audio).replace('v=0', 'v=1')],
    ['no address', remote(audio).replace(/c=.*\r\n/, '')],
    ['no origin', remote(audio).replace(/o=.*\r\n/, '')],
    ['a bad port', remote(['m=audio 66000 RTP/AVP 0'])],
    ['a broken media line', remote(['m=audio x RTP/AVP 0'])],
    ['too much', remote([...audio, `a=x:${'y'.repeat(20_000)}`])],
    ['too many media', remote(Array.from({ length: 17 }, () => 'm=audio 6000 RTP/AVP 0'))],
  ])('that is or has %s is refused with 400', (_what, text) => {
    expect(leg().answer(text)).toMatchObject({ kind: 'refused', status: 400 });
  });

  test.each<[MediaDirection, MediaDirection, MediaDirection, boolean]>([
    ['sendrecv', 'sendrecv', 'sendrecv', false],
    ['sendonly', 'sendrecv', 'recvonly', true],
    ['recvonly', 'sendrecv', 'sendonly', false],
    ['inactive', 'sendrecv', 'inactive', true],
    ['sendrecv', 'sendonly', 'sendonly', false],
    ['sendonly', 'sendonly', 'inactive', true],
    ['sendrecv', 'inactive', 'inactive', false],
  ])('%s, when we would %s, makes us %s; held: %s (RFC 3264 sections 6.1 and 8.4)', (theirs, wish, ours, held) => {
    const result = leg().answer(remote([...audio, `a=${theirs}`]), wish);
    expect(result).toMatchObject({ media: { direction: ours, heldByRemote: held } });
    expect(result.kind === 'agreed' && result.sdp).toContain(`a=${ours}\r\n`);
  });

  test('from 0.0.0.0 is a hold of the old kind', () => {
    expect(leg().answer(remote(audio, '0.0.0.0'))).toMatchObject({ media: { direction: 'recvonly', heldByRemote: true } });
  });

  test('says how long packets should be, within reason', () => {
    const ptime = (...lines: string[]) => {
      const result = leg().answer(remote([...audio, ...lines]));
      return result.kind === 'agreed' ? result.media.send.ptimeMs : undefined;
    };
    expect([ptime('a=ptime:30'), ptime('a=ptime:60', 'a=maxptime:40'), ptime('a=ptime:5000'), ptime('a=ptime:15')]).toEqual([30, 40, 20, 20]);
  });

  test('may put RTCP elsewhere', () => {
    expect(leg().answer(remote([...audio, 'a=rtcp:7777']))).toMatchObject({ media: { send: { rtcpPort: 7_777 } } });
  });
});

describe('an offer of ours', () => {
  test('and an answer with other numbers: we send with theirs and receive with ours', () => {
    const one = leg();
    expect(one.offer()).toContain('m=audio 40000 RTP/AVP 0 8 101\r\n');
    const result = one.takeAnswer(remote(['m=audio 6000 RTP/AVP 98 99', 'a=rtpmap:98 PCMA/8000', 'a=rtpmap:99 telephone-event/8000']));
    expect(result).toMatchObject({
      kind: 'agreed',
      media: { codec: 'PCMA', send: { payloadType: 98, dtmfPayloadType: 99 }, receive: { payloadType: 8, dtmfPayloadType: 101, codecs: new Map([[0, 'PCMU'], [8, 'PCMA']]) } },
    });
  });

  test('is answered without telephone-event: none either way', () => {
    const one = leg();
    one.offer();
    expect(one.takeAnswer(remote(['m=audio 6000 RTP/AVP 0']))).toMatchObject({ media: { send: { dtmfPayloadType: undefined }, receive: { dtmfPayloadType: undefined } } });
  });

  test.each<[string, string[]]>([
    ['rejects it', ['m=audio 0 RTP/AVP 0']],
    ['has another number of media', [...audio, 'm=video 0 RTP/AVP 31']],
    ['has none of our codecs', ['m=audio 6000 RTP/AVP 18']],
  ])('whose answer %s is refused with 488', (_how, media) => {
    const one = leg();
    one.offer();
    expect(one.takeAnswer(remote(media))).toMatchObject({ kind: 'refused', status: 488 });
    expect(one.current()).toBeUndefined();
  });

  test('holds, is refused and leaves what stood', () => {
    const one = leg();
    one.offer();
    one.takeAnswer(remote(audio));
    const before = one.current();
    one.offer('sendonly');
    one.withdrawOffer();
    expect(one.current()).toBe(before);
    expect(() => one.takeAnswer(remote(audio))).toThrow(expect.objectContaining({ code: 'SIP_BAD_STATE' }));
  });

  test('to hold makes us send only, whatever the other side would', () => {
    const one = leg();
    one.offer('sendonly');
    expect(one.takeAnswer(remote([...audio, 'a=recvonly']))).toMatchObject({ media: { direction: 'sendonly', heldByRemote: false } });
  });

  test('keeps the numbers of the session and raises the version only when something changed', () => {
    const one = leg({ codecs: ['PCMA'] });
    const answered = one.answer(remote(['m=audio 6000 RTP/AVP 97 110', 'a=rtpmap:97 PCMA/8000', 'a=rtpmap:110 telephone-event/8000']));
    const version = (sdp: string) => Number(/^o=- 77 (\d+) /m.exec(sdp)?.[1]);
    const again = one.offer();
    expect(again).toContain('m=audio 40000 RTP/AVP 97 110\r\n');
    expect([answered.kind === 'agreed' && version(answered.sdp), version(again), version(one.offer('sendonly')), version(one.offer('sendonly'))]).toEqual([1, 1, 2, 2]);
  });

  test('over IPv6 says so', () => {
    expect(leg({ address: '2001:db8::1' }).offer()).toContain('c=IN IP6 2001:db8::1\r\n');
  });
});
