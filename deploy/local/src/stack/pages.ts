import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { CommandFailure, runCommand } from '../run-command.ts';

/** What the pages of a service are made of, below its folder. */
const sources = ['{web,widget}/**/*', 'vite.config.ts', 'package.json', 'src/{protocol.ts,domain/**/*.ts}'];
const buildTimeoutMs = 5 * 60_000;
/** Whoever builds, a test included, gets what users get: Vite takes the mode of the libraries from NODE_ENV. */
const buildEnvironment = { NO_COLOR: '1', NODE_ENV: 'production' };
/** Vite names the fault first and then who imports whom. */
const mostLines = 12;

/**
 * Builds the pages of a service with Vite when their sources changed since the last build. Without a `vite.config.ts`
 * there is nothing to build. LOCAL_BUILD_FAILED with Vite's last words.
 */
export async function buildPages(root: string, folder: string, progress: Progress, signal: AbortSignal): Promise<void> {
  const service = join(root, folder);
  if (!existsSync(join(service, 'vite.config.ts'))) return;
  const stampFile = join(service, 'dist/.sources');
  const stamp = stampOf(service, join(root, 'package-lock.json'));
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const task = progress.start(`pages of ${folder}`);
  try {
    await runCommand(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: service, env: buildEnvironment, timeoutMs: buildTimeoutMs, signal });
    await writeFile(stampFile, stamp);
    task.done('built');
  } catch (error) {
    task.done('could not be built');
    signal.throwIfAborted();
    if (!(error instanceof CommandFailure)) throw error;
    throw localError('LOCAL_BUILD_FAILED', { cause: error, details: { folder, reason: error.lines.slice(0, mostLines).join('\n') || error.message } });
  }
}

function stampOf(service: string, lockFile: string): string {
  const hash = createHash('sha256').update(JSON.stringify(buildEnvironment)).update(readFileSync(lockFile));
  for (const file of globSync(sources, { cwd: service }).sort()) {
    const path = join(service, file);
    if (statSync(path).isFile() && !/\.test\.tsx?$/.test(file)) hash.update(`\0${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}
