import { join } from 'node:path';
import type { Clock } from '@patchbay/runtime/clock';
import { errorText } from '../error-text.ts';
import { findJava } from '../servers/java.ts';
import { launchKafka } from '../servers/kafka.ts';
import { launchNats } from '../servers/nats.ts';
import { launchPostgres } from '../servers/postgres.ts';
import type { RunningServer } from '../servers/running-server.ts';
import type { Home } from './home.ts';
import { keep, type Keeper, type KeeperEvent } from './keeper.ts';
import { portOf } from './ports.ts';
import type { Report } from './report.ts';

/** What the servers of a stack are made with. */
export interface ServersOptions {
  home: Home;
  offset: number;
  /** Addresses of servers that are already there: NATS_URL, KAFKA_BROKERS, DATABASE_URL. */
  environment: Readonly<Record<string, string | undefined>>;
  report: Report;
  clock: Clock;
  /** Aborts when the stack stops; nothing is started from then on. */
  closing: AbortSignal;
  onEvent(name: string, event: KeeperEvent): void;
  /** A server process came or went. */
  onProcess(name: string, pid: number | undefined): void;
}

/** The servers of a stack. */
export interface StackServers {
  /** Keepers of the servers that run here, in the order in which they were started. */
  readonly keepers: readonly Keeper[];
  /** NATS address; given, or that of our own server once it is ready. */
  nats(): Promise<string>;
  /** Starts Kafka unless one is given. Undefined when there is none, after it was said why. */
  kafka(wanted: boolean): Promise<string | undefined>;
  /** Starts PostgreSQL unless one is given. */
  postgres(databases: readonly string[]): Promise<(database: string) => string>;
}

/** Starts servers when they are asked for, and keeps them running on the same ports and data. */
export function createStackServers(options: ServersOptions): StackServers {
  const { home, offset, environment, report } = options;
  const keepers: Keeper[] = [];
  const given = (name: string) => environment[name] || undefined;

  async function kept<Server extends RunningServer>(name: string, launch: (signal: AbortSignal) => Promise<Server>, firstAttempts = 2): Promise<Server> {
    options.closing.throwIfAborted();
    let server: Server | undefined;
    const keeper = keep({
      name,
      clock: options.clock,
      firstAttempts,
      onEvent: (event) => {
        options.onEvent(name, event);
      },
      async start(signal) {
        const started = await launch(signal);
        server = started;
        options.onProcess(name, started.pid);
        void started.exited.then(() => {
          options.onProcess(name, undefined);
        });
        return started;
      },
    });
    keepers.push(keeper);
    await keeper.ready;
    return server as Server;
  }
  const place = (name: 'nats' | 'kafka' | 'postgres') => ({
    dataDir: join(home.folder, name),
    log: join(home.logs, `${name}.log`),
    port: portOf(name, offset),
    progress: report.progress,
  });

  return {
    keepers,
    async nats() {
      const url = given('NATS_URL');
      if (url !== undefined) return url;
      return (await kept('nats', (signal) => launchNats({ ...place('nats'), monitorPort: portOf('natsMonitor', offset), signal }))).url;
    },
    async kafka(wanted) {
      const brokers = given('KAFKA_BROKERS');
      if (brokers !== undefined || !wanted) return brokers;
      const java = await findJava();
      if (java === undefined) {
        report.progress.say('No Java 17 or newer: Kafka is left out, and the warehouse is fed straight from JetStream.');
        return undefined;
      }
      try {
        return (await kept('kafka', (signal) => launchKafka({ ...place('kafka'), java, signal }), 1)).brokers;
      } catch (error) {
        options.closing.throwIfAborted();
        report.progress.say(`Kafka is left out, and the warehouse is fed straight from JetStream: ${errorText(error)}`);
        return undefined;
      }
    },
    async postgres(databases) {
      const url = given('DATABASE_URL');
      if (url !== undefined) return () => url;
      const server = await kept('postgres', (signal) => launchPostgres({ ...place('postgres'), databases, signal }));
      return (database) => server.url.replace(/[^/]+$/, database);
    },
  };
}
