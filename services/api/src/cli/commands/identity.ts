import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { ApiKey} from '@patchbay/contracts/directory/v1/identity_service';
import { CreateApiKeyResponse, type IdentityServiceClient, IdentityServiceDefinition, ListApiKeysResponse, Principal, SetPasswordResponse, SetPhonePasswordResponse } from '@patchbay/contracts/directory/v1/identity_service';
import { Role, roleToJSON } from '@patchbay/contracts/directory/v1/resource';
import type { CliContext } from '../context.ts';
import { cliError } from '../../errors.ts';
import { formatTable, formatTime, formatWord } from '../format.ts';
import { collect, parseTime, parseWord } from '../parse.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const identityOf = ({ connection }: CommandParts) => connection.client<IdentityServiceClient>(IdentityServiceDefinition);
const roleWords = (roles: readonly Role[]) => roles.map((role) => formatWord(roleToJSON(role), 'ROLE_')).join(', ');

/** Reads a secret: from the environment, from standard input, or from the keyboard without showing it. */
async function readSecret({ env, stdin, stdout, signal }: CliContext, prompt: string): Promise<string> {
  const given = env['PATCHBAY_PASSWORD'];
  if (given !== undefined && given !== '') return given;
  const terminal = stdin.isTTY === true;
  if (terminal) stdout.write(prompt);
  // Without an output the line editor echoes nothing.
  const lines = createInterface({ input: stdin, terminal });
  try {
    for await (const line of lines) {
      if (terminal) stdout.write('\n');
      return line;
    }
  } finally {
    lines.close();
  }
  signal.throwIfAborted();
  throw cliError('CLI_USAGE', { details: { password: 'give it in PATCHBAY_PASSWORD or on standard input' } });
}

export function addIdentityCommands(program: Command, run: Run): void {
  program
    .command('sign-in')
    .description('sign in and keep the token for the commands that follow (12 hours, renewed while it is used)')
    .option('-u, --user <name>', 'user', 'admin')
    .addHelpText('after', '\nThe password comes from PATCHBAY_PASSWORD, from standard input, or from the keyboard.\n\nExamples:\n  patchbay sign-in --user lead\n  PATCHBAY_PASSWORD=… patchbay sign-in\n')
    .action((options: { user: string }) =>
      run(async ({ connection, output, context, options: { tenant } }) => {
        const password = await readSecret(context, `Password of ${options.user}: `);
        const { principal, expiresAt } = await connection.signIn({ tenant: tenant ?? '', user: options.user, password });
        output.show(Principal, principal ?? Principal.fromPartial({}), (who) => `${who.displayName} (${who.tenant}/${options.user}, ${roleWords(who.roles)}) is signed in until ${formatTime(expiresAt)}`);
      }),
    );
  program
    .command('sign-out')
    .description('forget the token that sign-in kept')
    .action(() =>
      run(async ({ connection, output }) => {
        await connection.signOut();
        output.say('signed out', { signedOut: true });
      }),
    );
  addKeyCommands(program, run);
  program
    .command('set-password <user>')
    .description('set a password: your own, or anybody’s as admin')
    .addHelpText('after', '\nExample:\n  PATCHBAY_PASSWORD=… patchbay set-password 1001\n')
    .action((user: string) =>
      run(async (parts) => {
        const password = await readSecret(parts.context, `New password of ${user}: `);
        await (await identityOf(parts)).setPassword({ user, password });
        parts.output.show(SetPasswordResponse, {}, () => `the password of ${user} is set`);
      }),
    );
  program
    .command('set-phone-password <agent>')
    .description("set the password of an agent's SIP phone")
    .action((agent: string) =>
      run(async (parts) => {
        const password = await readSecret(parts.context, `New phone password of ${agent}: `);
        const response = await (await identityOf(parts)).setPhonePassword({ agent, password });
        parts.output.show(SetPhonePasswordResponse, response, ({ sipUsername, realm }) => `the phone of ${agent} registers as ${sipUsername}, realm ${realm}`);
      }),
    );
}

const keyRow = ({ keyId, title, roles, createdAt, expiresAt, revokedAt, lastUsedAt }: ApiKey) => [keyId, title, roleWords(roles), formatTime(createdAt), revokedAt === undefined ? formatTime(expiresAt) : 'revoked', formatTime(lastUsedAt)];

function addKeyCommands(program: Command, run: Run): void {
  const keys = program.command('keys').description('API keys for programs');
  keys
    .command('create')
    .description('make a key; its text is shown only now')
    .requiredOption('-t, --title <text>', 'what it is for')
    .requiredOption('-r, --role <role>', 'what it may do: agent, team-lead, qa, trainer, manager, admin; may be given several times', collect)
    .option('-e, --expires <time>', 'when it runs out, e.g. 2026-12-31')
    .addHelpText('after', '\nExample:\n  patchbay keys create --title "nightly reports" --role manager --expires 2026-12-31\n')
    .action((options: { title: string; role: string[]; expires?: string }) =>
      run(async (parts) => {
        const expiresAt = options.expires === undefined ? undefined : parseTime(options.expires, parts.context.nowMs());
        const roles = options.role.map((word) => parseWord('role', word, Role));
        const response = await (await identityOf(parts)).createApiKey({ title: options.title, roles, ...(expiresAt === undefined ? {} : { expiresAt }) });
        parts.output.show(CreateApiKeyResponse, response, ({ apiKey }) => `${apiKey}\nSend it as x-api-key; it is kept nowhere and cannot be shown again.`);
      }),
    );
  keys
    .command('list')
    .description('list keys, newest first')
    .action(() =>
      run(async (parts) => {
        const response = await (await identityOf(parts)).listApiKeys({});
        parts.output.show(ListApiKeysResponse, response, ({ keys: all }) => formatTable(['KEY', 'TITLE', 'ROLES', 'MADE', 'ENDS', 'LAST USED'], all.map(keyRow)));
      }),
    );
  keys
    .command('revoke <key>')
    .description('end a key; it stops within ten seconds')
    .action((keyId: string) =>
      run(async (parts) => {
        await (await identityOf(parts)).revokeApiKey({ keyId });
        parts.output.say(`${keyId} is revoked`, { keyId, revoked: true });
      }),
    );
}
