import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** `patchbay doctor`: what deploy/local finds on this machine. Gives the exit code. */
export function addDoctor(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('doctor')
    .description('explain what this machine has, what is missing, and how to get it')
    .action(async () => {
      const script = join(context.root, 'deploy/local/bin/doctor.mjs');
      const json = (program.opts() as { json?: boolean }).json === true;
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...(json ? ['--json'] : [])], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...context.env } });
      child.stdout.pipe(context.stdout, { end: false });
      const [code] = (await once(child, 'close')) as [number | null];
      finish(code ?? 1);
    });
}
