import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { systemClock } from '@patchbay/runtime/clock';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { startEmbeddedMedia } from './embedded-media-plane.ts';
import type { AgreedMedia, LegKey, MediaPlane } from '../../media-plane.ts';
import type { LoadAnswer, LoadOrder } from '../../testing/rtp-load.ts';

const host = '127.0.0.1';
const calls = 60;
const warmUpS = 2;
const measuredS = 8;

/** A generator of load in its own process. */
async function startLoad(): Promise<{ child: ChildProcess; ports: readonly number[] }> {
  const child = fork(fileURLToPath(new URL('../../testing/rtp-load.ts', import.meta.url)), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const { ports } = await ask(child, { kind: 'open', calls }, 'ports');
  return { child, ports };
}

async function ask<Kind extends LoadAnswer['kind']>(child: ChildProcess, order: LoadOrder, kind: Kind): Promise<Extract<LoadAnswer, { kind: Kind }>> {
  child.send(order);
  const [answer] = (await once(child, 'message')) as [LoadAnswer];
  if (answer.kind !== kind) throw new Error(`the generator said ${answer.kind}`);
  return answer as Extract<LoadAnswer, { kind: Kind }>;
}

/** Runs the load through a relay; CPU of this process alone, all its threads. */
async function measure(child: ChildProcess, targets: readonly number[]) {
  await ask(child, { kind: 'run', targets, seconds: warmUpS }, 'result');
  const before = process.cpuUsage();
  const result = await ask(child, { kind: 'run', targets, seconds: measuredS }, 'result');
  const { user, system } = process.cpuUsage(before);
  return {
    calls,
    packets: result.sent,
    // The last silence before the bridge may come in late and make it less than nothing.
    lostPct: Number(Math.max(0, 100 * (1 - result.received / result.sent)).toFixed(3)),
    cpuUsPerPacket: Number(((user + system) / result.sent).toFixed(2)),
    p50Ms: Number(result.p50Ms.toFixed(2)),
    p99Ms: Number(result.p99Ms.toFixed(2)),
  };
}

async function measureBare() {
  const { child, ports } = await startLoad();
  const relay = new Worker(new URL('../../testing/bare-relay.ts', import.meta.url));
  relay.postMessage(ports);
  const [targets] = (await once(relay, 'message')) as [readonly number[]];
  const row = await measure(child, targets);
  child.kill();
  await relay.terminate();
  return row;
}

function agreedTo(port: number): AgreedMedia {
  return {
    codec: 'PCMU',
    send: { address: host, port, rtcpPort: port + 1, payloadType: 0, dtmfPayloadType: 101 },
    receive: { codecs: new Map([[0, 'PCMU']]), dtmfPayloadType: 101 },
    sends: true,
    receives: true,
    signallingAddress: host,
  };
}

async function openBridges(plane: MediaPlane, ports: readonly number[], tapped: boolean): Promise<number[]> {
  const targets: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const legs: [LegKey, LegKey] = [`${call}/customer`, `${call}/agent`];
    for (const [side, leg] of legs.entries()) {
      targets.push((await plane.createLeg(leg)).port);
      plane.configure(leg, agreedTo(ports[call * 2 + side] ?? 0));
    }
    plane.bridge(...legs);
    if (tapped) plane.tap(legs);
  }
  return targets;
}

async function measurePlane(tapped: boolean) {
  const { child, ports } = await startLoad();
  let chunks = 0;
  const plane = await startEmbeddedMedia({
    host,
    ports: { min: 0, max: 0 },
    workers: 1,
    legsPerWorker: calls * 2,
    silenceLimitMs: 0,
    prompts: new Map(),
    listener: { onDigit: () => {}, onAudio: () => (chunks += 1), onLegLost: () => {} },
    clock: systemClock,
    log: silentLogger,
    metrics: createMetrics('bench'),
  });
  const row = await measure(child, await openBridges(plane, ports, tapped));
  child.kill();
  await plane.close();
  return { ...row, chunks };
}

/**
 * CPU per relayed packet of the media plane, in proportion to a relay that does nothing but receive and send: the
 * proportion holds on a busy machine, where times do not.
 */
export async function bench(emit: (row: Record<string, unknown>) => void): Promise<void> {
  const bare = await measureBare();
  emit({ what: 'bare relay', ...bare });
  for (const tapped of [false, true]) {
    const row = await measurePlane(tapped);
    emit({ what: tapped ? 'bridge, both sides tapped' : 'bridge', ...row, ratioToBare: Number((row.cpuUsPerPacket / bare.cpuUsPerPacket).toFixed(2)) });
  }
}
