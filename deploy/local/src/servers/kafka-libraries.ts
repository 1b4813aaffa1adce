import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localError } from '../errors.ts';
import { silentProgress } from '../progress.ts';
import { findOnPath, runCommand } from '../run-command.ts';
import { cached, type FetchOptions } from './cache.ts';

/** The version that is fetched; kafkajs 2.2.4 works with it. */
export const kafkaVersion = '4.1.1';

/** The version of log4j that this Kafka brings; its SLF4J binding is not among the broker's own dependencies. */
const log4jVersion = '2.24.3';
const pluginVersion = '3.8.1';
const downloadTimeoutMs = 15 * 60_000;

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>patchbay.local</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${log4jVersion}</version></dependency>
  </dependencies>
</project>
`;

/** The folder with Apache Kafka's jars; fetched by Maven into the cache when it is not there. */
export async function findKafkaLibraries(options: FetchOptions = {}): Promise<string> {
  const folder = await cached(`kafka-${kafkaVersion}`, (into) => fetchKafka(into, options), options);
  return join(folder, 'lib');
}

async function fetchKafka(folder: string, options: FetchOptions): Promise<void> {
  const maven = findOnPath('mvn');
  if (maven === undefined) {
    throw localError('LOCAL_SERVER_NOT_FOUND', { details: { server: 'kafka', maven: 'mvn is not on PATH', hint: 'install Maven, or set KAFKA_BROKERS' } });
  }
  const task = (options.progress ?? silentProgress).start(`Kafka ${kafkaVersion}`);
  task.detail('fetching its libraries with Maven, about 45 MB');
  try {
    await writeFile(join(folder, 'pom.xml'), pom);
    const goal = `org.apache.maven.plugins:maven-dependency-plugin:${pluginVersion}:copy-dependencies`;
    await runCommand(maven, ['-B', '-q', goal, '-DoutputDirectory=lib', '-DincludeScope=runtime'], { cwd: folder, timeoutMs: downloadTimeoutMs, signal: options.signal });
    task.done('fetched');
  } catch (error) {
    task.done('could not be fetched');
    throw localError('LOCAL_DOWNLOAD_FAILED', { cause: error, details: { server: 'kafka', reason: error instanceof Error ? error.message : String(error) } });
  }
}
