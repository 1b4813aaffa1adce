import { localError } from '../errors.ts';
import { isPortTaken } from '../servers/free-port.ts';
import { ownerOfPort } from './port-owner.ts';
import { portOf, type PortName } from './ports.ts';
import type { ServiceDefinition } from './services.ts';

/** Addresses of a running stack, all on the loopback. */
export interface StackAddresses {
  readonly desk: string;
  readonly webChat: string;
  readonly wechat: string;
  /** `host:port` */
  readonly grpc: string;
  /** `host:port` */
  readonly smtp: string;
  /** `host:port`, UDP and TCP */
  readonly sip: string;
  readonly nats: string;
  /** Absent when there is no Kafka. */
  readonly kafka?: string;
  /** Absent when no service needs PostgreSQL. */
  readonly postgres?: string;
}

/** The ports that these services and the servers they need will listen on, besides those of health. */
export function portsNeeded(services: readonly ServiceDefinition[], environment: Readonly<Record<string, string | undefined>>, options: { kafka: boolean }): PortName[] {
  const names = services.flatMap(({ ports }) => ports);
  if (!environment['NATS_URL']) names.push('nats', 'natsMonitor');
  if (!environment['KAFKA_BROKERS'] && options.kafka && services.some(({ usesKafka }) => usesKafka)) names.push('kafka');
  if (!environment['DATABASE_URL'] && services.some(({ database }) => database !== undefined)) names.push('postgres');
  return names;
}

/** Throws LOCAL_PORT_TAKEN naming every port that is in use, and by whom where that can be seen. */
export async function checkPorts(names: readonly PortName[], services: readonly ServiceDefinition[], offset: number): Promise<void> {
  const wanted = [
    ...names.map((name) => ({ use: name as string, port: portOf(name, offset) })),
    ...services.map((service) => ({ use: `health of ${service.name}`, port: healthPort(service, offset) })),
  ];
  const taken = await Promise.all(wanted.map(({ port }) => isPortTaken(port)));
  const details: Record<string, string> = {};
  for (const [index, { use, port }] of wanted.entries()) {
    if (taken[index] !== true) continue;
    const owner = await ownerOfPort(port);
    details[`${port} (${use})`] = owner === undefined ? 'held by a process that cannot be seen from here' : `held by process ${owner.pid}: ${owner.command}`;
  }
  if (Object.keys(details).length > 0) throw localError('LOCAL_PORT_TAKEN', { details });
}

/** Port of a service's health and metrics. */
export function healthPort(service: ServiceDefinition, offset: number): number {
  return portOf('health', offset) + service.healthIndex;
}

/** Health address of each service, by name. */
export function healthAddresses(services: readonly ServiceDefinition[], offset: number): Record<string, string> {
  return Object.fromEntries(services.map((service) => [service.name, `http://127.0.0.1:${healthPort(service, offset)}`]));
}

/** Where everything is to be found. */
export function addressesOf(servers: { nats: string; kafka: string | undefined; postgres: string | undefined }, offset: number): StackAddresses {
  const at = (name: PortName) => `127.0.0.1:${portOf(name, offset)}`;
  return {
    desk: `http://${at('desk')}`,
    webChat: `http://${at('webChat')}`,
    wechat: `http://${at('wechat')}`,
    grpc: at('grpc'),
    smtp: at('smtp'),
    sip: at('sip'),
    nats: servers.nats,
    ...(servers.kafka === undefined ? {} : { kafka: servers.kafka }),
    ...(servers.postgres === undefined ? {} : { postgres: servers.postgres }),
  };
}
