import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localError } from '../errors.ts';
import { takeProcessLock } from '../process/process-lock.ts';
import { isPortTaken } from '../servers/free-port.ts';

/** Every port of the stack; PATCHBAY_PORT_OFFSET is added to each. */
export const basePorts = {
  desk: 8080,
  webChat: 8081,
  wechat: 8082,
  grpc: 50051,
  smtp: 2525,
  sip: 5060,
  /** First of a thousand UDP ports. */
  rtp: 40_000,
  nats: 4222,
  natsMonitor: 8222,
  kafka: 9092,
  postgres: 54_320,
  /** Mail server of the demo customers, where answers arrive. */
  demoSmarthost: 2526,
  /** Simulated WeChat platform of the demo. */
  demoPlatform: 8090,
  /** First of the health ports, one a service. */
  health: 9100,
} as const;

/** Name of a port in the table. */
export type PortName = keyof typeof basePorts;

const highestPort = 65_535;
/** The highest port of the table; the offset must leave it a valid port. */
export const highestOffset = highestPort - Math.max(...Object.values(basePorts));

/** The port with the offset added. */
export function portOf(name: PortName, offset: number): number {
  return basePorts[name] + offset;
}

/** Of the ports that browsers refuse (Fetch standard, section port blocking) the only one above those of the pages. */
const refusedPort = 10_080;

/** Whether browsers would open the pages of a stack with this offset. */
function isForBrowsers(offset: number): boolean {
  return portOf('desk', offset) !== refusedPort && portOf('webChat', offset) !== refusedPort;
}

/** Reads PATCHBAY_PORT_OFFSET: a whole number from 0 to `highestOffset` that puts no page on a port browsers refuse. */
export function parsePortOffset(text: string | undefined): number {
  const offset = text === undefined || text === '' ? 0 : Number(text);
  if (!Number.isInteger(offset) || offset < 0 || offset > highestOffset || !isForBrowsers(offset)) {
    const refused = [basePorts.webChat, basePorts.desk].map((port) => refusedPort - port).join(' and ');
    throw localError('LOCAL_BAD_OPTION', { details: { option: 'PATCHBAY_PORT_OFFSET', value: String(text), expected: `a whole number from 0 to ${highestOffset}, but not ${refused}: browsers refuse port ${refusedPort}` } });
  }
  return offset;
}

/** An offset that no other process has while it is held. */
export interface HeldOffset {
  offset: number;
  release(): Promise<void>;
}

/** Offsets to try: those that keep the RTP ports of two stacks apart first. */
function offsetsToTry(random: () => number): number[] {
  const every = (step: number) => {
    const offsets = Array.from({ length: Math.floor((highestOffset - 1000) / step) + 1 }, (_, index) => 1000 + index * step);
    const first = Math.floor(random() * offsets.length);
    return [...offsets.slice(first), ...offsets.slice(0, first)];
  };
  return [...every(1000), ...every(20)].filter(isForBrowsers);
}

/**
 * An offset whose TCP ports are free and that no other process of this kind holds, for stacks that run beside others.
 * LOCAL_PORT_TAKEN when there is none.
 */
export async function holdFreeOffset(names: readonly PortName[], healthPorts: number, random: () => number = Math.random): Promise<HeldOffset> {
  for (const offset of offsetsToTry(random)) {
    const lock = await takeProcessLock(join(tmpdir(), `patchbay-offset-${offset}`));
    if (!lock.taken) continue;
    const wanted = [...names.map((name) => portOf(name, offset)), ...Array.from({ length: healthPorts }, (_, index) => portOf('health', offset) + index)];
    const taken = await Promise.all(wanted.map((port) => isPortTaken(port)));
    if (!taken.includes(true)) return { offset, release: lock.release };
    await lock.release();
  }
  throw localError('LOCAL_PORT_TAKEN', { details: { 'every offset': 'has at least one port that is in use' } });
}
