import { AppError } from './app-error.ts';
import { systemClock } from './clock.ts';
import { createConfigReader, formatConfigHelp, type ConfigReader } from './config-reader.ts';
import { createReadiness, startHealthServer, type Readiness } from './health-server.ts';
import { createIdSource } from './ids.ts';
import { createLogger, type Logger, type LogLevel } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startTelemetry } from './telemetry.ts';

/** What the process gives a service. */
export interface ServiceContext {
  /** Name of the service, as in `services/<name>`. */
  name: string;
  log: Logger;
  metrics: Metrics;
  readiness: Readiness;
  /** Ends the process with code 1: for faults that a restart may heal. */
  fail(error: unknown): void;
}

/** A service that was started. */
export interface RunningService {
  /** Stop taking, finish in hand, flush, close. Called once, after readiness went off. */
  stop(): Promise<void>;
}

/** How a process becomes a service. */
export interface ServiceMain<Config> {
  name: string;
  /** One sentence for `--help`. */
  purpose: string;
  /** Reads the service's own settings. */
  readConfig(reader: ConfigReader): Config;
  /** Builds and starts; resolves when it serves. */
  start(config: Config, context: ServiceContext): Promise<RunningService>;
  environment: Readonly<Record<string, string | undefined>>;
  /** Arguments without node and script. */
  argv: readonly string[];
}

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[];

/** Reads the settings that every process has. */
export function readProcessConfig(reader: ConfigReader) {
  return {
    logLevel: reader.oneOf('PATCHBAY_LOG_LEVEL', 'lowest level that is logged', logLevels, 'info'),
    healthHost: reader.text('PATCHBAY_HEALTH_HOST', 'address of health and metrics', '127.0.0.1'),
    healthPort: reader.port('PATCHBAY_HEALTH_PORT', 'port of health and metrics; 0 for any', 0),
    otlpEndpoint: reader.optional('OTEL_EXPORTER_OTLP_ENDPOINT', 'OTLP/HTTP collector that gets the traces'),
    sampleRatio: reader.fraction('PATCHBAY_TRACE_RATIO', 'share of traces kept, decided where a trace begins', 1),
    exportEveryMs: reader.integer('OTEL_BSP_SCHEDULE_DELAY', 'longest wait of a finished span before it is sent, milliseconds', { min: 10, max: 60_000, fallback: 2_000 }),
    stopLimitMs: reader.integer('PATCHBAY_STOP_LIMIT_MS', 'longest drain before the process ends anyway', { min: 100, max: 86_400_000, fallback: 20_000 }),
  };
}

function printHelp(main: Pick<ServiceMain<unknown>, 'name' | 'purpose' | 'readConfig'>): void {
  const reader = createConfigReader({});
  readProcessConfig(reader);
  main.readConfig(reader);
  process.stdout.write(`${main.name}: ${main.purpose}\n\nSettings, as environment variables:\n${formatConfigHelp(reader.help())}\n`);
}

/**
 * Reads the configuration, starts telemetry, health and the service, and stops it on SIGTERM or SIGINT: readiness off,
 * drain, close, exit 0. A second signal, or a drain over its limit, ends the process at once. A fault nobody caught ends
 * it with code 1: the supervisor restarts it.
 */
export async function runService<Config>(main: ServiceMain<Config>): Promise<void> {
  if (main.argv.includes('--help')) {
    printHelp(main);
    return;
  }
  const reader = createConfigReader(main.environment);
  const processConfig = readProcessConfig(reader);
  const log = createLogger(main.name, processConfig.logLevel);
  const crash = (error: unknown) => {
    log.error('process failed', { error });
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  let config: Config;
  try {
    config = main.readConfig(reader);
    reader.finish();
  } catch (error) {
    crash(AppError.from(error));
    return;
  }
  const metrics = createMetrics(main.name, { processMetrics: true });
  const readiness = createReadiness();
  readiness.set('started', false);
  const { otlpEndpoint, sampleRatio, exportEveryMs } = processConfig;
  const stopTelemetry = startTelemetry({ service: main.name, instance: createIdSource(systemClock).next(), otlpEndpoint, sampleRatio, exportEveryMs, log, metrics });
  const health = await startHealthServer({ host: processConfig.healthHost, port: processConfig.healthPort, readiness, metrics });

  const starting = main.start(config, { name: main.name, log, metrics, readiness, fail: crash });
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info('draining', { signal });
    readiness.set('not draining', false);
    setTimeout(() => {
      log.error('drain took too long');
      process.exit(1);
    }, processConfig.stopLimitMs).unref();
    const service = await starting;
    await service.stop();
    await health.close();
    await stopTelemetry();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal).catch(crash));

  await starting;
  readiness.set('started', true);
  log.info('serving', { healthPort: health.port });
}
