import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ApplyResourcesResponse, applyActionToJSON, type DirectoryServiceClient, DirectoryServiceDefinition, GetResourceResponse, ListResourcesResponse, type ResourceFault } from '@patchbay/contracts/directory/v1/directory_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { CliContext } from '../context.ts';
import { cliError } from '../../errors.ts';
import { formatTable, formatTime, formatWord } from '../format.ts';
import { collect } from '../parse.ts';
import { fillIn, readTextFile } from '../resource-files.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const directoryOf = ({ connection }: CommandParts) => connection.client<DirectoryServiceClient>(DirectoryServiceDefinition);

/** Files that a path stands for: itself, or the YAML files of a folder by name. */
async function expandPath(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw cliError('CLI_NO_FILE', { cause: error, details: { file: path } });
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length === 0) throw cliError('CLI_NO_FILE', { details: { file: join(path, '*.yaml') } });
  return names.map((name) => join(path, name));
}

async function readStandardInput({ stdin }: CliContext): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

/** Files that are named on the line, with what they take from the environment filled in. */
export async function readFiles(context: CliContext, named: readonly string[]): Promise<{ name: string; yaml: string }[]> {
  const { cwd, env } = context;
  const sources = { env, cwd, read: readTextFile };
  const files: { name: string; yaml: string }[] = [];
  for (const name of named) {
    if (name === '-') {
      files.push({ name: 'standard input', yaml: await fillIn(await readStandardInput(context), join(cwd, '-'), sources) });
      continue;
    }
    const whole = resolve(cwd, name);
    for (const path of await expandPath(whole)) files.push({ name: path === whole ? name : join(name, basename(path)), yaml: await fillIn(await readTextFile(path), path, sources) });
  }
  return files;
}

/** The faults as a list to work through: where, what, and what to do. */
export function formatFaults(faults: readonly ResourceFault[]): string {
  const rows = faults.map(({ file, line, resource, path, message, remedy }) => {
    const place = `${file}${line > 0 ? `:${line}` : ''}`;
    const what = [resource, path].filter((part) => part !== '').join(' ');
    return `${place}${what === '' ? '' : `  ${what}`}\n    ${message}\n    ${remedy}\n`;
  });
  return `${rows.join('\n')}\n${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}, nothing was applied.\n`;
}

function formatResults({ results }: ApplyResourcesResponse, dryRun: boolean): string {
  const rows = results.map(({ kind, name, action, revision }) => [formatWord(applyActionToJSON(action), 'APPLY_ACTION_'), `${kind}/${name}`, `revision ${revision}`]);
  const changed = rows.filter(([action]) => action !== 'unchanged').length;
  return `${formatTable(['', 'RESOURCE', ''], rows)}${changed} of ${rows.length} ${dryRun ? 'would change' : 'changed'}\n`;
}

function addApply(program: Command, run: Run): void {
  program
    .command('apply')
    .description('apply resources from YAML files: all of them, or nothing when anything is wrong')
    .requiredOption('-f, --file <path>', 'file, folder of .yaml files, or - for standard input; may be given several times', collect)
    .option('--dry-run', 'only say what would change', false)
    .addHelpText(
      'after',
      '\n${NAME} and ${NAME:-default} in settings, secrets and first passwords are filled in from the environment;\n"definitionFile: path" of flows and rule sets is replaced by the content of the file.\n\nExamples:\n  patchbay apply -f centre.yaml\n  patchbay apply -f queues.yaml -f agents/ --dry-run\n',
    )
    .action((options: { file: string[]; dryRun: boolean }) =>
      run(async (parts) => {
        const files = await readFiles(parts.context, options.file);
        const response = await (await directoryOf(parts)).applyResources({ files, dryRun: options.dryRun, reportFaults: true });
        if (response.faults.length === 0) {
          parts.output.show(ApplyResourcesResponse, response, (answer) => formatResults(answer, options.dryRun));
          return;
        }
        if (parts.output.json) parts.output.show(ApplyResourcesResponse, response, () => '');
        else parts.context.stderr.write(formatFaults(response.faults));
        // The list says everything; the error only makes the command fail.
        throw cliError('CLI_FAULTS', { details: { faults: String(response.faults.length) } });
      }),
    );
}

export function addResourceCommands(program: Command, run: Run): void {
  addApply(program, run);
  const resources = program.command('resources').description('resources of the centre');
  resources
    .command('list [kind]')
    .description('list resources, of a kind or all')
    .addHelpText('after', '\nExample:\n  patchbay resources list Queue\n')
    .action((kind: string | undefined) =>
      run(async (parts) => {
        const response = await (await directoryOf(parts)).listResources({ kind: kind ?? '' });
        const row = (one: Resource) => [`${one.kind}/${one.name}`, String(one.revision), one.author, formatTime(one.appliedAt)];
        parts.output.show(ListResourcesResponse, response, ({ resources: all }) => formatTable(['RESOURCE', 'REVISION', 'AUTHOR', 'APPLIED'], all.map(row)));
      }),
    );
  resources
    .command('get <kind> <name>')
    .description('show one resource')
    .action((kind: string, name: string) =>
      run(async (parts) => {
        const response = await (await directoryOf(parts)).getResource({ kind, name });
        parts.output.show(GetResourceResponse, response, ({ resource }) => JSON.stringify(resource === undefined ? {} : Resource.toJSON(resource), undefined, 2));
      }),
    );
  resources
    .command('remove <kind> <name>')
    .description('remove a resource that no other names')
    .action((kind: string, name: string) =>
      run(async (parts) => {
        await (await directoryOf(parts)).removeResource({ kind, name });
        parts.output.say(`${kind}/${name} is removed`, { kind, name, removed: true });
      }),
    );
}
