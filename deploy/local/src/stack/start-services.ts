import { join } from 'node:path';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Home } from './home.ts';
import { keep, type Keeper, type KeeperEvent } from './keeper.ts';
import { buildPages } from './pages.ts';
import { addressesOf, healthPort, type StackAddresses } from './port-plan.ts';
import type { Report } from './report.ts';
import { startServiceProcess } from './service-process.ts';
import { stagesOf, type ServiceDefinition } from './services.ts';
import type { StackServers } from './stack-servers.ts';
import type { StackState } from './stack-state.ts';

/** What the services of one stack are started with. */
export interface StackParts {
  /** The project's folder. */
  root: string;
  home: Home;
  offset: number;
  present: readonly ServiceDefinition[];
  /** Whether Kafka is wanted. */
  kafka: boolean;
  report: Report;
  clock: Clock;
  state: StackState;
  servers: StackServers;
  /** Keepers of the services, by name; filled as they start. */
  keepers: Map<string, Keeper>;
  /** What every service gets. */
  environment: NodeJS.ProcessEnv;
  adminPassword: string;
  /** Aborts when the stack stops. */
  closing: AbortSignal;
}

/** Starts the servers and, as soon as theirs are there, the services by stage. Resolves when all are ready. */
export async function startServices(parts: StackParts): Promise<StackAddresses> {
  const { present, servers, report, root } = parts;
  const databases = present.flatMap(({ database }) => database ?? []);
  // Side by side: only those that need one of them wait for it.
  const kafka = present.some(({ usesKafka }) => usesKafka) ? servers.kafka(parts.kafka) : Promise.resolve(undefined);
  const postgres = databases.length > 0 ? servers.postgres(databases) : Promise.resolve(undefined);
  const pages = new Map(present.filter(({ hasPages }) => hasPages).map(({ name, folder }) => [name, buildPages(root, folder, report.progress, parts.closing)]));
  for (const early of [kafka, postgres, ...pages.values()]) noteLater(early);
  const nats = await servers.nats();

  const late: Promise<void>[] = [];
  for (const stage of stagesOf(present)) {
    // The demo asks for figures at once; nobody before it does, so Kafka holds up nothing else.
    if (stage.some(({ name }) => name === 'demo')) await Promise.all(late);
    const waits: Promise<void>[] = [];
    for (const service of stage) {
      const ready = startService(parts, service, { nats, kafka, postgres, pages: pages.get(service.name) });
      noteLater(ready);
      (service.usesKafka === true ? late : waits).push(ready);
    }
    await Promise.all(waits);
  }
  await Promise.all(late);
  return addressesOf({ nats, kafka: await kafka, postgres: (await postgres)?.('postgres') }, parts.offset);
}

/** What fails before somebody waits for it is seen by whoever does. */
function noteLater(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

interface Needed {
  nats: string;
  kafka: Promise<string | undefined>;
  postgres: Promise<((database: string) => string) | undefined>;
  pages: Promise<void> | undefined;
}

async function startService(parts: StackParts, service: ServiceDefinition, needed: Needed): Promise<void> {
  await needed.pages;
  const kafka = service.usesKafka === true ? await needed.kafka : undefined;
  const database = service.database === undefined ? undefined : (await needed.postgres)?.(service.database);
  parts.closing.throwIfAborted();
  const env = serviceEnvironment(parts, service, { NATS_URL: needed.nats, KAFKA_BROKERS: kafka, DATABASE_URL: database });
  const { home, report, clock, state } = parts;
  const keeper = keep({
    name: service.name,
    clock,
    onEvent: (event) => {
      tellEvent(report, clock, service.name, event);
    },
    start: (signal) =>
      startServiceProcess(
        {
          name: service.name,
          folder: join(parts.root, service.folder),
          env,
          healthUrl: `http://127.0.0.1:${healthPort(service, parts.offset)}`,
          logFile: join(home.logs, `${service.name}.log`),
          clock,
          onLine: (line) => {
            report.line(line);
          },
          onProcess: (pid) => {
            state.setProcess(service.name, pid);
          },
        },
        signal,
      ),
  });
  parts.keepers.set(service.name, keeper);
  await keeper.ready;
}

/** An address that is undefined is taken out, so that no service finds a broker that is not meant for it. */
function serviceEnvironment(parts: StackParts, service: ServiceDefinition, addresses: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...parts.environment,
    PATCHBAY_HOME: parts.home.folder,
    PATCHBAY_PORT_OFFSET: String(parts.offset),
    PATCHBAY_HEALTH_PORT: String(healthPort(service, parts.offset)),
    // Compiled code is kept between starts, which halves what a service needs to come up.
    NODE_COMPILE_CACHE: join(parts.root, 'node_modules/.cache/node'),
    PATCHBAY_ADMIN_PASSWORD: service.knowsAdmin === true ? parts.adminPassword : undefined,
    ...addresses,
  };
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** In a few words: the whole failure is told when it is given up. */
function reasonOf(error: unknown): string {
  const { code, details } = AppError.from(error);
  return details['reason'] ?? code;
}

/** Tells what happened to a service or server. */
export function tellEvent(report: Report, clock: Clock, service: string, event: KeeperEvent): void {
  const line = (level: 'info' | 'warn' | 'error', message: string, fields: Record<string, unknown>) => {
    report.line({ timeMs: clock.nowMs(), service, level, message, fields });
  };
  if (event.kind === 'ready') line(event.again ? 'warn' : 'info', event.again ? 'ready again' : 'ready', { afterMs: Math.round(event.tookMs), pid: event.pid });
  else if (event.kind === 'ended') line('warn', 'ended by itself, starting it again', { ...(event.how as object), inMs: event.retryInMs });
  else line('error', 'did not start, trying again', { reason: reasonOf(event.error), inMs: event.retryInMs });
}
