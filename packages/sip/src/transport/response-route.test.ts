import { describe, expect, test } from '@jest/globals';
import { requestText } from '../testing/messages.ts';
import { bob, createWorld, noCalls } from '../testing/test-endpoint.ts';

describe('answers go back to where the request came from', () => {
  test.each([
    ['SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff', 9988, ';received=192.0.2.7;rport=9988'],
    ['SIP/2.0/UDP 192.0.2.7:9988;rport;branch=z9hG4bKkjshdyff', 9988, ';received=192.0.2.7;rport=9988'],
    ['SIP/2.0/UDP 10.1.1.1:4540;branch=z9hG4bKkjshdyff', 4540, ';received=192.0.2.7'],
    ['SIP/2.0/UDP pbx.example;branch=z9hG4bKkjshdyff', 5060, ';received=192.0.2.7'],
    ['SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKkjshdyff', 5060, ''],
    ['SIP/2.0/UDP 10.1.1.1;received=203.0.113.66;branch=z9hG4bKkjshdyff', 5060, ';received=192.0.2.7'],
    ['SIP/2.0/UDP 10.1.1.1;maddr=203.0.113.66;branch=z9hG4bKkjshdyff', 5060, ';received=192.0.2.7'],
  ])('Via %s: to port %i of the source (RFC 3261 section 18.2.2, RFC 3581)', async (via, port, stamped) => {
    const world = createWorld();
    await world.endpoint(bob.address, noCalls);
    const sender = world.network.peer('192.0.2.7', 9_988);
    sender.send(requestText({ via }), bob);
    await world.clock.advanceAsync(20);
    const answer = world.network.deliveries.at(-1);
    expect(answer?.to).toBe(`192.0.2.7:${port}`);
    const echoed = /Via: (.*)\r\n/.exec(answer?.text ?? '')?.[1] ?? '';
    for (const part of stamped.split(';').filter((one) => one !== '')) expect(echoed.split(';')).toContain(part);
    expect(echoed).not.toContain('received=203.0.113.66');
  });
});
