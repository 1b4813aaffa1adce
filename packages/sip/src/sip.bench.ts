import { systemClock } from '@patchbay/runtime/clock';
import { silentLogger } from '@patchbay/runtime/logger';
import { createSipEndpoint } from './create-sip-endpoint.ts';
import type { SipEndpoint, SipEndpointHandlers } from './endpoint.ts';
import { parseMessage } from './message/parse-message.ts';
import { writeMessage } from './message/write-message.ts';
import { createAudioNegotiation } from './sdp/audio-negotiation.ts';
import { requestText } from './testing/messages.ts';
import { createUdpTransport } from './transport/udp-transport.ts';

/** CPU time of one round of the work in microseconds: the best of five runs, so that neighbours count little. */
function cpuUs(rounds: number, work: () => unknown): number {
  for (let round = 0; round < rounds / 4; round += 1) work();
  let bestUs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run += 1) {
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round += 1) work();
    const { user, system } = process.cpuUsage(before);
    bestUs = Math.min(bestUs, (user + system) / rounds);
  }
  return bestUs;
}

const record = { id: 'a84b4c76e66710', from: 'sip:alice@atlanta.example', to: 'sip:bob@biloxi.example', hops: ['192.0.2.1', '192.0.2.2', '192.0.2.3'], headers: { cseq: 314_159, expires: 300, subject: 'x'.repeat(200) } };

/** What the machine can do today: a JSON document of about a message's size, written and read. */
function baselineUs(): number {
  return cpuUs(20_000, () => JSON.parse(JSON.stringify(record)) as unknown);
}

function invite(): Uint8Array {
  const audio = createAudioNegotiation({ sessionId: '1', address: '192.0.2.1', port: 40_000 });
  const headers = ['User-Agent: bench', 'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS', 'Supported: replaces, timer', 'Record-Route: <sip:192.0.2.8;lr>, <sip:192.0.2.9;lr>'];
  return Buffer.from(requestText({ method: 'INVITE', headers, body: audio.offer() }));
}

async function endpoint(handlers: SipEndpointHandlers): Promise<SipEndpoint> {
  const one = createSipEndpoint({ clock: systemClock, log: silentLogger, transports: [createUdpTransport({ address: '127.0.0.1', port: 0 })], handlers });
  await one.start();
  return one;
}

function leg(port: number) {
  return createAudioNegotiation({ sessionId: String(port), address: '127.0.0.1', port });
}

/** INVITE, 180, 200, ACK, BYE, 200 between two endpoints over loopback, SDP negotiated on both sides. */
function call(caller: SipEndpoint, target: string): Promise<void> {
  return new Promise((resolve) => {
    const audio = leg(40_000);
    const session = caller.invite({
      target,
      from: 'sip:bench@127.0.0.1',
      offer: { sdp: audio.offer() },
      handlers: {
        onAnswer: ({ sdp }) => {
          audio.takeAnswer(sdp);
          session.hangUp();
        },
        onEnd: () => {
          resolve();
        },
      },
    });
  });
}

async function cpuMsPerCall(calls: number, atOnce: number): Promise<number> {
  const caller = await endpoint({ onInvite: (one) => { one.reject(404); } });
  const called = await endpoint({
    onInvite: (one) => {
      const result = leg(40_002).answer(one.offer ?? '');
      one.progress(180);
      if (result.kind === 'agreed') void one.accept(result.sdp);
      else one.reject(result.status);
    },
  });
  const target = `sip:bench@127.0.0.1:${called.bound()[0]?.port ?? 0}`;
  const run = async (count: number) => {
    for (let done = 0; done < count; done += atOnce) await Promise.all(Array.from({ length: atOnce }, () => call(caller, target)));
  };
  await run(calls / 4);
  const before = process.cpuUsage();
  await run(calls);
  const { user, system } = process.cpuUsage(before);
  await Promise.all([caller.close(), called.close()]);
  return (user + system) / 1_000 / calls;
}

/**
 * Rows: messages parsed and written per CPU second, CPU milliseconds per call (both sides together); each also as a
 * ratio to the baseline of the same run, which is what to compare between machines.
 */
export async function bench(emit: (row: object) => void): Promise<void> {
  const baseline = baselineUs();
  const bytes = invite();
  const message = parseMessage(bytes);
  const round = (value: number) => Math.round(value * 1_000) / 1_000;
  const row = (name: string, us: number) => ({ bench: 'sip', name, cpuUs: round(us), perCpuSecond: Math.round(1_000_000 / us), ratioToBaseline: round(us / baseline) });
  emit(row('baseline', baseline));
  emit(row('parse an INVITE with SDP', cpuUs(10_000, () => parseMessage(bytes))));
  emit(row('write an INVITE with SDP', cpuUs(10_000, () => writeMessage(message))));
  const perCallMs = await cpuMsPerCall(1_000, 20);
  emit({ ...row('call, both sides', perCallMs * 1_000), cpuMsPerCall: round(perCallMs) });
}
