import { localError } from '../errors.ts';
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

/** Reads PATCHBAY_PORT_OFFSET: a whole number from 0 to `highestOffset`. */
export function parsePortOffset(text: string | undefined): number {
  const offset = text === undefined || text === '' ? 0 : Number(text);
  if (!Number.isInteger(offset) || offset < 0 || offset > highestOffset) {
    throw localError('LOCAL_BAD_OPTION', { details: { option: 'PATCHBAY_PORT_OFFSET', value: String(text), expected: `a whole number from 0 to ${highestOffset}` } });
  }
  return offset;
}

/**
 * An offset whose TCP ports are all free, for stacks that run beside others. Another process may take one of them
 * meanwhile; then the start fails with LOCAL_PORT_TAKEN and may be tried again.
 */
export async function freeOffset(names: readonly PortName[], healthPorts: number, random: () => number = Math.random): Promise<number> {
  const step = 20;
  const steps = Math.floor((highestOffset - 1000) / step);
  const first = Math.floor(random() * steps);
  for (let turn = 0; turn < steps; turn += 1) {
    const offset = 1000 + ((first + turn) % steps) * step;
    const wanted = [...names.map((name) => portOf(name, offset)), ...Array.from({ length: healthPorts }, (_, index) => portOf('health', offset) + index)];
    const taken = await Promise.all(wanted.map((port) => isPortTaken(port)));
    if (!taken.includes(true)) return offset;
  }
  throw localError('LOCAL_PORT_TAKEN', { details: { port: 'every offset', remedy: 'end some other servers' } });
}
