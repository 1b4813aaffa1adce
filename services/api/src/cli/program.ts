import { Command, CommanderError, Option } from 'commander';
import { AppError } from '@patchbay/runtime/app-error';
import { addCallBackCommands } from './commands/call-backs.ts';
import { addContactCommands } from './commands/contacts.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEventCommands } from './commands/events.ts';
import { addFigureCommands } from './commands/figures.ts';
import { addIdentityCommands } from './commands/identity.ts';
import { addLabCommands } from './commands/lab.ts';
import { addLiveCommands } from './commands/live.ts';
import { addRecordCommands } from './commands/records.ts';
import { addSurgeCommands } from './commands/surge.ts';
import { addResourceCommands } from './commands/resources.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { type CommandParts, faultJson, formatFault, withConnection } from './run-command.ts';

const about = `
The server is that of PATCHBAY_API (host:port, https://host:port for TLS), or of the stack that runs here.
The credential is PATCHBAY_API_KEY, PATCHBAY_TOKEN, what sign-in kept, or the first admin's of the stack that runs here.

Examples:
  patchbay apply -f deploy/demo/centre.yaml
  patchbay contacts list --status queued
  patchbay events watch --json

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

/** Options that stand at every place of the line: before or after the command. */
function addGlobalOptions(command: Command): void {
  command.addOption(new Option('--json', 'print JSON: one document, or one line a message for what is watched'));
  command.addOption(new Option('--api <address>', 'server to ask, instead of PATCHBAY_API'));
  command.addOption(new Option('--tenant <name>', 'tenant to sign in to').hideHelp());
  for (const inner of command.commands) addGlobalOptions(inner);
}

function globalsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** Builds the command line; `run` is told how each command ended. */
function buildProgram(context: CliContext, finish: (code: number) => void): Command {
  const program = new Command('patchbay');
  let chosen = program;
  const run = (work: (parts: CommandParts) => Promise<void>) => withConnection(context, globalsOf(chosen), work);
  program.description('Patchbay: an open contact centre').version(context.version, '-V, --version').addHelpText('after', about);
  addIdentityCommands(program, run);
  addResourceCommands(program, run);
  addContactCommands(program, run);
  addLiveCommands(program, run);
  addEventCommands(program, run);
  addRecordCommands(program, run);
  addFigureCommands(program, run);
  addLabCommands(program, run);
  addSurgeCommands(program, run);
  addCallBackCommands(program, run);
  addDoctor(program, context, finish);
  addGlobalOptions(program);
  program.hook('preAction', (_program, command) => {
    chosen = command;
  });
  const configure = (command: Command) => {
    command.exitOverride().configureOutput({ writeOut: (text) => void context.stdout.write(text), writeErr: (text) => void context.stderr.write(text) });
    command.showHelpAfterError('(--help says how)');
    command.commands.forEach(configure);
  };
  configure(program);
  return program;
}

/** Runs one command line; gives the exit code. Nothing is thrown. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  let code: number = exitCodes.ok;
  const program = buildProgram(context, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (context.signal.aborted) return exitCodes.ok;
    const error = AppError.from(thrown);
    // The faults of files were listed already.
    if (error.code !== 'CLI_FAULTS') context.stderr.write(argv.includes('--json') ? faultJson(error) : formatFault(error));
    return error.code === 'CLI_USAGE' ? exitCodes.usage : exitCodes.failed;
  }
}
