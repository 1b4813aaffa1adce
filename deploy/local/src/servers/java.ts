import { join } from 'node:path';
import { findOnPath, runCommand } from '../run-command.ts';

/** A Java that is new enough for Kafka 4. */
export interface Java {
  path: string;
  /** Major version, e.g. 17. */
  major: number;
}

/** Kafka 4 brokers need it (Apache Kafka documentation, "Java Version"). */
export const oldestJava = 17;

/** Java of JAVA_HOME, else of PATH; undefined when there is none or it is too old. */
export async function findJava(): Promise<Java | undefined> {
  const home = process.env['JAVA_HOME'];
  const candidates = [home === undefined || home === '' ? undefined : join(home, 'bin/java'), findOnPath('java')];
  for (const path of candidates) {
    if (path === undefined) continue;
    const major = await majorOf(path);
    if (major !== undefined && major >= oldestJava) return { path, major };
  }
  return undefined;
}

async function majorOf(path: string): Promise<number | undefined> {
  // Java 8 does not know the option and is too old anyway.
  const text = await runCommand(path, ['--version'], { timeoutMs: 20_000 }).catch(() => '');
  const found = /^\S+ (\d+)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
