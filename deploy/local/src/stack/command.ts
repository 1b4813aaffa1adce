import { join, relative, resolve } from 'node:path';
import { errorText } from '../error-text.ts';
import { killChildren } from '../process/child.ts';
import { createProgress } from '../progress.ts';
import { createReport } from './report.ts';
import { projectRoot, startStack, type Stack } from './stack.ts';

/** What `npm start` is given. */
export interface StartCommand {
  /** Arguments without node and script. */
  argv: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  /** When the person pressed the key, milliseconds since the epoch. */
  startedMs: number;
}

const help = `npm start: servers and services of Patchbay on this machine. Ctrl-C stops everything.

  npm start -- --verbose      show every log line, not only warnings and errors

  PATCHBAY_HOME               where state is kept (default .patchbay)
  PATCHBAY_PORT_OFFSET        number added to every port
  PATCHBAY_DEMO=0             no simulated customers and agents
  PATCHBAY_SERVICES=a,b       only these services (demo is one of them)
  PATCHBAY_KAFKA=0            no Kafka; the warehouse is fed from JetStream
  PATCHBAY_ADMIN_PASSWORD     first admin's password instead of a random one
  NATS_URL KAFKA_BROKERS DATABASE_URL   servers that are already there
  PATCHBAY_CACHE              where fetched servers are kept (default ~/.cache/patchbay)
`;

/** A terminal sends Ctrl-C to npm and to us, and npm hands it on: within this time it is one key press. */
const samePressMs = 1000;

/** Runs a stack until it is told to stop. Gives the exit code. */
export async function runStart(command: StartCommand): Promise<number> {
  if (command.argv.includes('--help')) {
    process.stdout.write(help);
    return 0;
  }
  const { environment } = command;
  const progress = createProgress(process.stdout);
  const only = environment['PATCHBAY_SERVICES'] || undefined;
  const home = resolve(projectRoot, environment['PATCHBAY_HOME'] || '.patchbay');
  const stop = stopSignal((line) => {
    progress.say(line);
  });
  const starting = progress.start('starting servers and services');
  let stack: Stack;
  try {
    stack = await startStack({
      home,
      demo: environment['PATCHBAY_DEMO'] !== '0',
      kafka: environment['PATCHBAY_KAFKA'] !== '0',
      ...(only === undefined ? {} : { services: only.split(',').map((name) => name.trim()) }),
      report: createReport(progress, { verbose: command.argv.includes('--verbose') }),
      signal: stop,
    });
  } catch (error) {
    starting.done();
    progress.say(stop.aborted ? 'stopped' : errorText(error));
    return stop.aborted ? 0 : 1;
  }
  starting.done();
  progress.say(welcome(stack, (Date.now() - command.startedMs) / 1000));
  if (!stop.aborted) await new Promise((done) => { stop.addEventListener('abort', done, { once: true }); });
  await stack.stop();
  progress.say('stopped');
  return 0;
}

/** Aborts at the first signal, or when whoever started us is gone; a second signal kills everything at once. */
function stopSignal(say: (line: string) => void): AbortSignal {
  const stop = new AbortController();
  let firstMs = 0;
  const onSignal = () => {
    if (stop.signal.aborted) {
      if (performance.now() - firstMs < samePressMs) return;
      say('killing what still runs');
      killChildren();
      process.exit(130);
    }
    firstMs = performance.now();
    say('stopping; once more to kill');
    stop.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  process.once('disconnect', () => {
    if (!stop.signal.aborted) onSignal();
  });
  return stop.signal;
}

function welcome(stack: Stack, seconds: number): string {
  const { addresses } = stack;
  const runs = (name: string) => stack.health[name] !== undefined;
  const rows: (readonly [string, string] | false)[] = [
    runs('desk') && ['desk', addresses.desk],
    runs('web-chat') && ['web chat', addresses.webChat],
    runs('wechat') && ['WeChat', addresses.wechat],
    runs('api') && ['gRPC', addresses.grpc],
    runs('email') && ['SMTP', addresses.smtp],
    runs('voice-gateway') && ['SIP', `${addresses.sip} (UDP and TCP)`],
    ['NATS', addresses.nats],
    addresses.kafka !== undefined && ['Kafka', addresses.kafka],
  ];
  const near = relative(process.cwd(), stack.home);
  const homeShown = near.startsWith('..') ? stack.home : near;
  const passwordFile = join(homeShown, 'admin-password');
  const signIn = stack.adminPasswordIsNew ? `admin / ${stack.adminPassword}   (shown this once; kept in ${passwordFile})` : `admin, password in ${passwordFile}`;
  const demo = runs('demo') && (['', `agent 1001, team lead: lead, password in ${join(homeShown, 'demo.json')}`] as const);
  const lines = [...rows, ['sign in', signIn] as const, demo].filter((row) => row !== false).map(([name, value]) => `  ${name.padEnd(9)} ${value}`);
  const left = stack.missing.length === 0 ? [] : [`  not there yet: ${stack.missing.join(', ')}`];
  return ['', `ready in ${seconds.toFixed(1)} s`, ...lines, ...left, ''].join('\n');
}
