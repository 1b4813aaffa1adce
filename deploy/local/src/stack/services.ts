import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { localError } from '../errors.ts';
import type { PortName } from './ports.ts';

/** One process of the stack besides the servers. */
export interface ServiceDefinition {
  name: string;
  /** Folder below the project. */
  folder: string;
  /** Services of a stage start together, after those of the stages before; they stop in the opposite order. */
  stage: number;
  /** Place of its health port after the first. Never changed, so that a dashboard finds it again. */
  healthIndex: number;
  /** Ports it listens on, besides health. */
  ports: readonly PortName[];
  /** Name of its own database in the local PostgreSQL. */
  database?: string;
  /** Whether it can use Kafka and so waits until it is known whether there is one. */
  usesKafka?: boolean;
  /** Web pages that are built before it starts. */
  hasPages?: boolean;
  /** Whether it gets the first admin's password. */
  knowsAdmin?: boolean;
}

/** Every service, in the order in which they are told. */
export const serviceTable: readonly ServiceDefinition[] = [
  { name: 'directory', folder: 'services/directory', stage: 1, healthIndex: 0, ports: [], knowsAdmin: true },
  { name: 'routing', folder: 'services/routing', stage: 2, healthIndex: 1, ports: [] },
  { name: 'crm', folder: 'services/crm', stage: 2, healthIndex: 2, ports: [], database: 'crm' },
  { name: 'recording', folder: 'services/recording', stage: 2, healthIndex: 3, ports: [] },
  { name: 'qa-scoring', folder: 'services/qa-scoring', stage: 2, healthIndex: 4, ports: [] },
  { name: 'analytics', folder: 'services/analytics', stage: 2, healthIndex: 5, ports: [], usesKafka: true },
  { name: 'voice-gateway', folder: 'services/voice-gateway', stage: 3, healthIndex: 6, ports: ['sip'] },
  { name: 'web-chat', folder: 'services/web-chat', stage: 3, healthIndex: 7, ports: ['webChat'], hasPages: true },
  { name: 'email', folder: 'services/email', stage: 3, healthIndex: 8, ports: ['smtp'] },
  { name: 'wechat', folder: 'services/wechat', stage: 3, healthIndex: 9, ports: ['wechat'] },
  { name: 'api', folder: 'services/api', stage: 4, healthIndex: 10, ports: ['grpc'] },
  { name: 'desk', folder: 'services/desk', stage: 4, healthIndex: 11, ports: ['desk'], hasPages: true },
  { name: 'demo', folder: 'deploy/demo', stage: 5, healthIndex: 12, ports: ['demoSmarthost', 'demoPlatform'], knowsAdmin: true },
];

/** Services to start, and those that were asked for but are not written yet. */
export interface Selection {
  present: readonly ServiceDefinition[];
  missing: readonly string[];
}

/** Picks services by name (all when absent) and leaves out those without a `src/main.ts`. LOCAL_BAD_OPTION for a name that nobody has. */
export function selectServices(root: string, options: { names?: readonly string[]; demo: boolean }): Selection {
  const unknown = options.names?.find((name) => !serviceTable.some((service) => service.name === name));
  if (unknown !== undefined) {
    throw localError('LOCAL_BAD_OPTION', { details: { option: 'services', value: unknown, expected: serviceTable.map(({ name }) => name).join(', ') } });
  }
  const wanted = serviceTable.filter(({ name }) => (options.names === undefined || options.names.includes(name)) && (options.demo || name !== 'demo'));
  const hasMain = ({ folder }: ServiceDefinition) => existsSync(join(root, folder, 'src/main.ts'));
  return { present: wanted.filter(hasMain), missing: wanted.filter((service) => !hasMain(service)).map(({ name }) => name) };
}

/** The services by stage, first to last. */
export function stagesOf(services: readonly ServiceDefinition[]): ServiceDefinition[][] {
  const stages = [...new Set(services.map(({ stage }) => stage))].sort((one, other) => one - other);
  return stages.map((stage) => services.filter((service) => service.stage === stage));
}
