import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, type Clock } from '@patchbay/runtime/clock';
import { abortable } from '@patchbay/runtime/deadline';
import { localError } from '../errors.ts';
import { adminPassword, lockHome, openHome, readStackFile, type Home } from './home.ts';
import type { KeeperEvent } from './keeper.ts';
import { endLeftovers } from './leftovers.ts';
import { checkPorts, healthAddresses, portsNeeded, type StackAddresses } from './port-plan.ts';
import { holdFreeOffset, parsePortOffset, type HeldOffset } from './ports.ts';
import { silentReport, type Report } from './report.ts';
import { selectServices, serviceTable, stagesOf, type ServiceDefinition } from './services.ts';
import { createStackServers } from './stack-servers.ts';
import { createStackState } from './stack-state.ts';
import { startServices, tellEvent, type StackParts } from './start-services.ts';

/** What to start. */
export interface StackOptions {
  /** Folder of its state. */
  home: string;
  /** Added to every port; PATCHBAY_PORT_OFFSET when absent. */
  portOffset?: number;
  /** Picks an offset whose ports are free, for tests; wins over `portOffset`. */
  freePorts?: boolean;
  /** Names of the services to start; all when absent. */
  services?: readonly string[];
  /** Whether the demo customers and agents take part. */
  demo: boolean;
  /** Whether Kafka is started when there is Java; otherwise the warehouse is fed from JetStream. */
  kafka: boolean;
  /** Environment of the services, over that of this process. */
  env?: Readonly<Record<string, string>>;
  report?: Report;
  /** Gives the start up; startStack then cleans up and rejects with LOCAL_STOPPED. */
  signal?: AbortSignal;
  clock?: Clock;
}

/** A stack that became ready. */
export interface Stack {
  readonly home: string;
  readonly portOffset: number;
  readonly addresses: StackAddresses;
  /** Health address of each service that runs. */
  readonly health: Readonly<Record<string, string>>;
  readonly adminPassword: string;
  /** True when this start made the password. */
  readonly adminPasswordIsNew: boolean;
  /** Services that were asked for but are not there. */
  readonly missing: readonly string[];
  /** Process id of a service or server that runs here; undefined while it is down. */
  pid(name: string): number | undefined;
  /** SIGKILL to a service or server (`nats`, `kafka`, `postgres`); it is started again. Resolves when it is gone. */
  kill(name: string): Promise<void>;
  /** Stops everything in the opposite order; resolves when no process is left. */
  stop(): Promise<void>;
}

/** The project's folder. */
export const projectRoot = resolve(fileURLToPath(new URL('../../../..', import.meta.url)));

/**
 * Starts the servers and then the services by stage; resolves when all are ready. Whatever fails, what was started is
 * stopped again. LOCAL_ALREADY_RUNNING, LOCAL_PORT_TAKEN, LOCAL_SERVICE_NOT_READY, LOCAL_SERVER_FAILED, LOCAL_STOPPED.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const home = await openHome(resolve(options.home));
  const release = await lockHome(home);
  let parts: StackParts | undefined;
  let ports: HeldOffset | undefined;
  const closing = new AbortController();
  const close = async () => {
    closing.abort(localError('LOCAL_STOPPED'));
    if (parts !== undefined) await stopAll(parts);
    await ports?.release();
    await release();
  };
  try {
    const { password, isNew } = await adminPassword(home, options.env?.['PATCHBAY_ADMIN_PASSWORD'] ?? process.env['PATCHBAY_ADMIN_PASSWORD']);
    const { present, missing } = selectServices(projectRoot, { demo: options.demo, ...(options.services === undefined ? {} : { names: options.services }) });
    ports = await choosePorts(options, present);
    const prepared = await prepare(options, { home, password, present, offset: ports.offset, closing: closing.signal });
    parts = prepared;
    const starting = startServices(prepared);
    const addresses = await (options.signal === undefined ? starting : abortable(starting, options.signal));
    const health = healthAddresses(prepared.present, prepared.offset);
    prepared.state.set({ ready: true, addresses: { ...addresses }, health });
    await prepared.state.written();
    return runningStack(prepared, { addresses, health, isNew, missing, close });
  } catch (error) {
    await close();
    throw options.signal?.aborted === true ? localError('LOCAL_STOPPED', { cause: error }) : error;
  }
}

const environmentOf = (options: StackOptions) => ({ ...process.env, ...options.env });

/** A free offset, held until the stack stops, or the one that was asked for. */
function choosePorts(options: StackOptions, present: readonly ServiceDefinition[]): Promise<HeldOffset> {
  const environment = environmentOf(options);
  if (options.freePorts === true) return holdFreeOffset(portsNeeded(present, environment, options), serviceTable.length);
  const offset = options.portOffset ?? parsePortOffset(environment['PATCHBAY_PORT_OFFSET']);
  return Promise.resolve({ offset, release: () => Promise.resolve() });
}

interface Given {
  home: Home;
  password: string;
  present: readonly ServiceDefinition[];
  offset: number;
  closing: AbortSignal;
}

async function prepare(options: StackOptions, { home, password, present, offset, closing }: Given): Promise<StackParts> {
  const { report = silentReport, clock = systemClock, kafka } = options;
  const environment = environmentOf(options);
  const left = await endLeftovers((await readStackFile(home))?.processes ?? []);
  if (left.length > 0) report.progress.say(`Ended what an earlier run had left: ${left.join(', ')}`);
  await checkPorts(portsNeeded(present, environment, { kafka }), present, offset);
  const startedAt = new Date(clock.nowMs()).toISOString();
  const state = createStackState(home, { pid: process.pid, startedAt, ready: false, portOffset: offset, addresses: {}, health: {} });
  const servers = createStackServers({
    home,
    offset,
    environment,
    report,
    clock,
    closing,
    onEvent: (name: string, event: KeeperEvent) => {
      tellEvent(report, clock, name, event);
    },
    onProcess: (name, pid) => {
      state.setProcess(name, pid);
    },
  });
  return { root: projectRoot, home, offset, present, kafka, report, clock, state, servers, keepers: new Map(), environment, adminPassword: password, closing };
}

async function stopAll(parts: StackParts): Promise<void> {
  parts.state.set({ ready: false });
  for (const stage of stagesOf(parts.present).reverse()) {
    await Promise.all(stage.map(async ({ name }) => parts.keepers.get(name)?.stop()));
  }
  // NATS goes last: until then the others may have something to say.
  const isNats = ({ name }: { name: string }) => name === 'nats';
  await Promise.all(parts.servers.keepers.filter((keeper) => !isNats(keeper)).map((keeper) => keeper.stop()));
  await parts.servers.keepers.find(isNats)?.stop();
  await parts.state.written();
}

function runningStack(
  parts: StackParts,
  rest: { addresses: StackAddresses; health: Readonly<Record<string, string>>; isNew: boolean; missing: readonly string[]; close(): Promise<void> },
): Stack {
  let stopped: Promise<void> | undefined;
  return {
    home: parts.home.folder,
    portOffset: parts.offset,
    addresses: rest.addresses,
    health: rest.health,
    adminPassword: parts.adminPassword,
    adminPasswordIsNew: rest.isNew,
    missing: rest.missing,
    pid: (name) => parts.state.pidOf(name),
    async kill(name) {
      const keeper = parts.keepers.get(name) ?? parts.servers.keepers.find((server) => server.name === name);
      if (keeper === undefined) throw localError('LOCAL_BAD_OPTION', { details: { option: 'name', value: name, expected: 'a service or server that runs here' } });
      await keeper.kill();
    },
    stop: () => (stopped ??= rest.close()),
  };
}
