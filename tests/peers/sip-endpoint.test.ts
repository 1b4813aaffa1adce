import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@patchbay/runtime/clock';
import { silentLogger } from '@patchbay/runtime/logger';
import { applyRegister } from '@patchbay/sip/apply-register';
import { createDigestServer } from '@patchbay/sip/auth/create-digest-server';
import { digestSecret } from '@patchbay/sip/auth/digest';
import { createSipEndpoint } from '@patchbay/sip/create-sip-endpoint';
import type { SipEndpoint } from '@patchbay/sip/endpoint';
import { createAudioNegotiation } from '@patchbay/sip/sdp/audio-negotiation';
import type { InviteServerSession } from '@patchbay/sip/session/session';
import { createTcpTransport } from '@patchbay/sip/transport/tcp-transport';
import { createUdpTransport } from '@patchbay/sip/transport/udp-transport';
import { eventually } from '@patchbay/testkit/eventually';
import { freePort, runSipp, scenario } from '../support/sipp/run-sipp.ts';

const realm = 'centre.example';
const credentials = { username: '1001', password: 'geheim' };
const ends = new Map<string, number>();
const codecs: string[] = [];
let endpoint: SipEndpoint;

const leg = () => createAudioNegotiation({ sessionId: '1', address: '127.0.0.1', port: 40_000 });
const count = (what: string) => ends.set(what, (ends.get(what) ?? 0) + 1);

/** `ring` only rings, `hangup` hangs up once the call is up, anything else answers. */
async function take(call: InviteServerSession): Promise<void> {
  call.setHandlers({ onEnd: ({ cause, by }) => count(`${cause} by ${by}`) });
  call.progress(180);
  if (call.request.uri.startsWith('sip:ring@')) return;
  const audio = leg();
  const answer = call.offer === undefined ? undefined : audio.answer(call.offer);
  if (answer?.kind === 'refused') {
    call.reject(answer.status);
    return;
  }
  const late = await call.accept(answer?.sdp ?? audio.offer());
  const agreed = late === undefined ? answer : audio.takeAnswer(late);
  if (agreed?.kind === 'agreed') codecs.push(agreed.media.codec);
  if (call.request.uri.startsWith('sip:hangup@')) call.hangUp();
}

beforeEach(async () => {
  ends.clear();
  codecs.length = 0;
  const digest = createDigestServer({ clock: systemClock, realm });
  endpoint = createSipEndpoint({
    clock: systemClock,
    log: silentLogger,
    transports: [createUdpTransport({ address: '127.0.0.1', port: 0 }), createTcpTransport({ address: '127.0.0.1', port: 0 })],
    handlers: {
      onInvite: take,
      async onRegister(request) {
        const verdict = await digest.check(request.request, (username) => Promise.resolve({ MD5: digestSecret('MD5', username, realm, credentials.password) }));
        count(verdict.kind);
        if (verdict.kind !== 'accepted') {
          request.respond(verdict.status, verdict.kind === 'challenge' ? { headers: verdict.headers } : {});
          return;
        }
        const { status, headers } = applyRegister([], request.request, Date.now(), { minExpiresS: 60, maxExpiresS: 3_600, defaultExpiresS: 300, maxBindings: 5 });
        request.respond(status, { headers });
      },
    },
  });
  await endpoint.start();
});

afterEach(() => endpoint.close());

const address = (protocol: 'UDP' | 'TCP') => `127.0.0.1:${endpoint.bound().find((one) => one.protocol === protocol)?.port ?? 0}`;
function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => { resolve(true); socket.destroy(); });
    socket.once('error', () => { resolve(false); });
  });
}

const went = { exitCode: 0, errors: '' };

describe('SIPp', () => {
  test('calls 200 times over UDP', async () => {
    expect(await runSipp(['-sn', 'uac', address('UDP'), '-m', '200', '-r', '50', '-d', '50'])).toEqual(went);
    expect([...ends]).toEqual([['bye by remote', 200]]);
  });

  test('calls 200 times over one TCP connection', async () => {
    expect(await runSipp(['-sn', 'uac', address('TCP'), '-t', 't1', '-m', '200', '-r', '50', '-d', '50'])).toEqual(went);
    expect([...ends]).toEqual([['bye by remote', 200]]);
  });

  test('calls 40 times over a TCP connection each', async () => {
    expect(await runSipp(['-sn', 'uac', address('TCP'), '-t', 'tn', '-max_socket', '50', '-l', '20', '-m', '40', '-r', '20', '-d', '50'])).toEqual(went);
    expect([...ends]).toEqual([['bye by remote', 40]]);
  });

  test('gives up while it rings: 200 and one 487', async () => {
    expect(await runSipp(['-sf', scenario('invite-cancel'), address('UDP'), '-m', '20', '-r', '20'])).toEqual(went);
    expect([...ends]).toEqual([['cancelled by remote', 20]]);
  });

  test('acknowledges the 200 after it was repeated', async () => {
    expect(await runSipp(['-sf', scenario('late-ack'), address('UDP'), '-m', '5', '-r', '5'])).toEqual(went);
    expect([...ends]).toEqual([['bye by remote', 5]]);
  });

  test.each([['UDP', []], ['TCP', ['-t', 't1']]] as const)('calls without SDP over %s, answers our offer in the ACK and is hung up', async (protocol, more) => {
    expect(await runSipp(['-sf', scenario('delayed-offer'), address(protocol), ...more, '-m', '10', '-r', '10'])).toEqual(went);
    expect([[...ends], new Set(codecs)]).toEqual([[['bye by local', 10]], new Set(['PCMA'])]);
  });

  test('registers with digest', async () => {
    expect(await runSipp(['-sf', scenario('register'), address('UDP'), '-m', '10', '-r', '10', '-s', '1001', '-au', credentials.username, '-ap', credentials.password])).toEqual(went);
    expect([...ends]).toEqual([['challenge', 10], ['accepted', 10]]);
  });

  test.each([['UDP', [], ''], ['TCP', ['-t', 't1'], ';transport=tcp']] as const)('is called 20 times over %s', async (_protocol, more, parameter) => {
    const port = await freePort();
    const calls = 20;
    const run = runSipp(['-sn', 'uas', '-p', String(port), ...more, '-m', String(calls)]);
    // Over UDP an INVITE that comes too early is repeated; over TCP it would fail.
    if (parameter !== '') await eventually('SIPp listens', () => canConnect(port));
    for (let made = 0; made < calls; made += 1) {
      const session = endpoint.invite({
        target: `sip:service@127.0.0.1:${port}${parameter}`,
        from: 'sip:caller@127.0.0.1',
        offer: { sdp: leg().offer() },
        handlers: { onAnswer: () => { session.hangUp(); }, onEnd: ({ cause, by }) => count(`${cause} by ${by}`) },
      });
    }
    await eventually('all calls to be over', () => endpoint.load().sessions === 0);
    expect([...ends]).toEqual([['bye by local', calls]]);
    expect((await run).exitCode).toBe(0);
  });
});
