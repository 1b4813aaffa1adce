import { expect } from '@jest/globals';
import type { SipEndpoint, SipEndpointOptions } from '../endpoint.ts';
import type { InviteClientHandlers, InviteOptions, SessionEnd } from '../session/session.ts';
import { requestText } from './messages.ts';
import { alice, bob, calledSide, createWorld, noCalls, sdp, type World } from './test-endpoint.ts';

/** A caller's view of one call: what was reported, in order. */
export function caller(endpoint: SipEndpoint, options: Partial<InviteOptions> = {}) {
  const heard: string[] = [];
  const ends: SessionEnd[] = [];
  const handlers: InviteClientHandlers = {
    onProvisional: ({ status, sdp: early }) => heard.push(`provisional ${status}${early === undefined ? '' : ' sdp'}`),
    onAnswer: ({ sdp: answer }) => heard.push(`answer ${/m=audio (\d+)/.exec(answer)?.[1] ?? '?'}`),
    onFailed: ({ cause, status }) => heard.push(`failed ${cause} ${status}`),
    onEnd: (end) => {
      ends.push(end);
      heard.push(`end ${end.cause} ${end.by} ${end.status}`);
    },
  };
  const session = endpoint.invite({ target: 'sip:bob@192.0.2.2', from: '"Alice" <sip:alice@192.0.2.1>', offer: { sdp: sdp(10_000) }, handlers, ...options });
  return { session, heard, ends };
}

/** An endpoint for Alice and one for Bob, who keeps his calls. */
export async function twoSides(options: Partial<SipEndpointOptions> = {}): Promise<{ world: World; a: SipEndpoint; b: SipEndpoint; called: ReturnType<typeof calledSide> }> {
  const world = createWorld();
  const called = calledSide();
  const a = await world.endpoint(alice.address, noCalls, options);
  const b = await world.endpoint(bob.address, called.handlers);
  return { world, a, b, called };
}

/** As `twoSides`, with a call that is up. */
export async function established(options: Partial<SipEndpointOptions> = {}) {
  const sides = await twoSides(options);
  const outgoing = caller(sides.a);
  await sides.world.clock.advanceAsync(20);
  const [incoming] = sides.called.calls;
  if (incoming === undefined) throw new Error('the call did not arrive');
  const accepted = incoming.accept(sdp(20_000));
  await sides.world.clock.advanceAsync(20);
  return { ...sides, outgoing, incoming, accepted };
}

/** Lets every timer run out; then nothing may be left. */
export async function expectNothingLeft(world: World, ...endpoints: SipEndpoint[]): Promise<void> {
  await world.clock.advanceAsync(200_000);
  for (const endpoint of endpoints) expect(endpoint.load()).toEqual({ clientTransactions: 0, serverTransactions: 0, sessions: 0 });
  expect(world.clock.pendingTimers()).toBe(0);
}

/** An INVITE of a scripted peer at 192.0.2.7. */
export function peerInvite(parts: { readonly headers?: readonly string[]; readonly body?: string; readonly branch?: string } = {}): string {
  const text = requestText({
    method: 'INVITE',
    via: `SIP/2.0/UDP 192.0.2.7;branch=${parts.branch ?? 'z9hG4bKpeer'}`,
    headers: parts.headers ?? [],
    body: parts.body ?? sdp(5_000),
  });
  return text.replace('Contact: <sip:alice@192.0.2.1>', 'Contact: <sip:alice@192.0.2.7>');
}
