import { randomBytes } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { localError } from '../errors.ts';
import { runCommand } from '../run-command.ts';
import { freePorts } from './free-port.ts';
import { findJava, oldestJava, type Java } from './java.ts';
import { findKafkaLibraries } from './kafka-libraries.ts';
import { exchange } from './probe.ts';
import { retryOnTakenPort, runningServer, startServer, type LaunchOptions, type RunningServer } from './running-server.ts';

/** One Kafka broker in KRaft mode, broker and controller in one process. */
export interface KafkaServer extends RunningServer {
  /** What clients take as bootstrap servers; the same as `url`. */
  readonly brokers: string;
}

/** Settings of the broker. */
export interface KafkaOptions extends LaunchOptions {
  /** Java to run it; that of JAVA_HOME or PATH when absent. */
  java?: Java;
  /** Upper bound of the Java heap in MiB; default 320. */
  heapMib?: number;
}

/** Few classes, a short life: the quick compiler and a plain collector start sooner and need less memory. */
const javaFlags = ['-Xms96m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Djava.awt.headless=true'];

/**
 * Starts Apache Kafka on the loopback. Topics are not made by themselves. LOCAL_SERVER_NOT_FOUND when there is no Java
 * 17 or its libraries cannot be had.
 */
export async function launchKafka(options: KafkaOptions): Promise<KafkaServer> {
  const java = options.java ?? (await findJava());
  if (java === undefined) {
    throw localError('LOCAL_SERVER_NOT_FOUND', {
      details: { server: 'kafka', java: `no Java ${oldestJava} or newer in JAVA_HOME or on PATH`, hint: 'install a JRE, or set KAFKA_BROKERS' },
    });
  }
  const libraries = await findKafkaLibraries(options);
  const log = options.log ?? `${options.dataDir}.log`;
  await mkdir(options.dataDir, { recursive: true });
  await mkdir(dirname(log), { recursive: true });
  return retryOnTakenPort(options.port, () => startBroker({ ...options, java, libraries, log }));
}

/** A new cluster's id, as `kafka-storage random-uuid` makes them: none begins with `-`, which the tool takes for an option. */
export function newClusterId(random: (size: number) => Buffer = randomBytes): string {
  const id = random(16).toString('base64url');
  return id.startsWith('-') ? newClusterId(random) : id;
}

async function startBroker(options: KafkaOptions & { java: Java; libraries: string; log: string }): Promise<KafkaServer> {
  const { dataDir, java, libraries, log } = options;
  const [free, controllerPort] = (await freePorts(2)) as [number, number];
  const port = options.port === undefined || options.port === 0 ? free : options.port;
  const configFile = join(dataDir, 'server.properties');
  const logConfig = join(dataDir, 'log4j2.properties');
  await writeFile(configFile, kafkaConfig({ dataDir, port, controllerPort }));
  await writeFile(logConfig, logSettings);
  const classPath = globSync('*.jar', { cwd: libraries }).sort().map((jar) => join(libraries, jar)).join(':');
  const common = [...javaFlags, `-Xmx${options.heapMib ?? 320}m`, `-Dlog4j2.configurationFile=${logConfig}`, '-cp', classPath];
  if (!existsSync(join(dataDir, 'log/meta.properties'))) {
    await runCommand(java.path, [...common, 'kafka.tools.StorageTool', 'format', '-t', newClusterId(), '-c', configFile], { timeoutMs: 120_000, signal: options.signal });
  }

  const archive = join(dirname(libraries), `java-${java.major}.jsa`);
  const unfinished = `${archive}.${process.pid}.part`;
  const share = [existsSync(archive) ? `-XX:SharedArchiveFile=${archive}` : `-XX:ArchiveClassesAtExit=${unfinished}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'];
  const child = await startServer({
    name: 'kafka',
    log,
    child: { command: java.path, args: [...share, ...common, 'kafka.Kafka', configFile] },
    probe: (signal) => answersApiVersions(port, signal),
    readyTimeoutMs: 120_000,
    signal: options.signal,
    probeEveryMs: 100,
  });
  const address = `127.0.0.1:${port}`;
  const server = runningServer(child, { port, url: address, log, graceMs: 30_000 });
  return {
    ...server,
    brokers: address,
    async stop() {
      await server.stop();
      // The class archive of this run makes the next start about 40 % quicker.
      await rename(unfinished, archive).catch(() => rm(unfinished, { force: true }));
    },
  };
}

/** Broker settings; what is not named is Kafka's default. */
export function kafkaConfig(options: { dataDir: string; port: number; controllerPort: number }): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${options.controllerPort}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${options.port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${join(options.dataDir, 'log')}
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
`;
}

const logSettings = `rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c{1} - %m%n
`;

/**
 * Kafka protocol guide, ApiVersions v0: size, api_key 18, api_version 0, correlation_id, client_id null. Any answer with
 * our correlation id means that requests are being processed.
 */
async function answersApiVersions(port: number, signal: AbortSignal): Promise<boolean> {
  const request = Buffer.alloc(14);
  request.writeInt32BE(10, 0);
  request.writeInt16BE(18, 4);
  request.writeInt32BE(7, 8);
  request.writeInt16BE(-1, 12);
  const answer = await exchange(connect(port, '127.0.0.1'), request, 8, signal);
  return answer.readInt32BE(4) === 7;
}
