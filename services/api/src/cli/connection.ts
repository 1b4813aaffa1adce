import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type IdentityServiceClient, IdentityServiceDefinition, type SignInResponse } from '@patchbay/contracts/directory/v1/identity_service';
import { AppError } from '@patchbay/runtime/app-error';
import { type Channel, ChannelCredentials, createChannel, createClientFactory, Metadata } from 'nice-grpc';
import type { CliContext, GlobalOptions } from './context.ts';
import { cliError } from '../errors.ts';
import { errorMiddleware } from './rpc-fault.ts';

/** What is kept between commands: a token for one server. */
interface KeptToken {
  address: string;
  token: string;
  expiresAt: string;
}

/** A way to the server. */
export interface Connection {
  /** A client with the credential that is there. CLI_NO_ADDRESS, CLI_NO_CREDENTIAL. */
  client<Client>(definition: AnyDefinition): Promise<Client>;
  /** Signs in and keeps the token. */
  signIn(request: { tenant: string; user: string; password: string }): Promise<SignInResponse>;
  /** Forgets the token. */
  signOut(): Promise<void>;
  close(): Promise<void>;
}

type AnyDefinition = Parameters<ReturnType<typeof createClientFactory>['create']>[0];

/** Tokens are renewed when less than this is left, milliseconds. */
const renewBeforeMs = 2 * 3_600_000;

/** Folder in which a local stack keeps its state. */
export function homeOf({ env, root }: Pick<CliContext, 'env' | 'root'>): string {
  return resolve(root, env['PATCHBAY_HOME'] === undefined || env['PATCHBAY_HOME'] === '' ? '.patchbay' : env['PATCHBAY_HOME']);
}

async function readJson<Content>(path: string): Promise<Content | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Content;
  } catch {
    // Not there, or torn by a crash: as good as not there.
    return undefined;
  }
}

async function findAddress(context: CliContext, options: GlobalOptions): Promise<{ address: string; isLocal: boolean }> {
  const stack = await readJson<{ addresses?: { grpc?: string } }>(join(homeOf(context), 'stack.json'));
  const local = stack?.addresses?.grpc;
  const named = options.api ?? context.env['PATCHBAY_API'];
  if (named !== undefined && named !== '') return { address: named, isLocal: named === local };
  if (local === undefined) throw cliError('CLI_NO_ADDRESS', { details: { looked: join(homeOf(context), 'stack.json') } });
  return { address: local, isLocal: true };
}

/** `https://host:port` speaks TLS, `host:port` and `http://host:port` do not. */
export function openChannel(address: string): Channel {
  const tls = address.startsWith('https://');
  const target = address.replace(/^[a-z]+:\/\//, '').replace(/\/$/, '');
  return createChannel(target, tls ? ChannelCredentials.createSsl() : ChannelCredentials.createInsecure(), { 'grpc.max_receive_message_length': -1, 'grpc.keepalive_time_ms': 30_000 });
}

/** Written in one step and readable by its owner only. */
async function writeToken(path: string, kept: KeptToken): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  await writeFile(part, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  await chmod(part, 0o600);
  await rename(part, path);
}

/** Parts of an open connection. */
interface Link {
  address: string;
  /** Whether it is the stack that runs here. */
  isLocal: boolean;
  channel: Channel;
  make: <Client>(definition: AnyDefinition, headers: Record<string, string>) => Client;
}

async function openLink(context: CliContext, options: GlobalOptions): Promise<Link> {
  const { env } = context;
  const { address, isLocal } = await findAddress(context, options);
  const channel = openChannel(address);
  const language = /^zh/i.test(env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG'] ?? '') ? 'zh-CN' : 'en';
  const factory = createClientFactory().use(errorMiddleware);
  return {
    address,
    isLocal,
    channel,
    make: <Client>(definition: AnyDefinition, headers: Record<string, string>) =>
      factory.create(definition, channel, { '*': { metadata: Metadata({ 'accept-language': language, ...headers }) } }) as unknown as Client,
  };
}

/** A connection that looks for server and credential when it is first used, so that wrong usage is told before. */
export function createConnection(context: CliContext, options: GlobalOptions): Connection {
  const { env } = context;
  const home = homeOf(context);
  const tokenFile = join(home, 'cli-token');
  let opened: Promise<Link> | undefined;
  const link = () => (opened ??= openLink(context, options));
  const identityOf = async () => (await link()).make<IdentityServiceClient>(IdentityServiceDefinition, {});
  const keep = async (token: string, expiresAt: Date | undefined) => writeToken(tokenFile, { address: (await link()).address, token, expiresAt: (expiresAt ?? new Date(0)).toISOString() });

  async function signIn(request: { tenant: string; user: string; password: string }): Promise<SignInResponse> {
    const response = await (await identityOf()).signIn(request);
    await keep(response.token, response.expiresAt);
    return response;
  }

  /** The first admin's password lies beside a local stack, readable by its owner: whoever can read it is that owner. */
  async function signInLocally(): Promise<string | undefined> {
    if (!(await link()).isLocal) return undefined;
    const password = await readFile(join(home, 'admin-password'), 'utf8').catch(() => undefined);
    if (password === undefined) return undefined;
    try {
      return (await signIn({ tenant: options.tenant ?? '', user: 'admin', password: password.trim() })).token;
    } catch (error) {
      // The password was changed since: the caller has to sign in.
      if (error instanceof AppError && error.status === 'unauthenticated') return undefined;
      throw error;
    }
  }

  async function renewed(kept: KeptToken): Promise<string | undefined> {
    const leftMs = Date.parse(kept.expiresAt) - context.nowMs();
    if (leftMs <= 0) return undefined;
    if (leftMs > renewBeforeMs) return kept.token;
    try {
      const { token, expiresAt } = await (await identityOf()).refreshToken({ token: kept.token });
      await keep(token, expiresAt);
      return token;
    } catch (error) {
      if (error instanceof AppError && error.status === 'unauthenticated') return undefined;
      throw error;
    }
  }

  async function findToken(): Promise<string> {
    const kept = await readJson<KeptToken>(tokenFile);
    const { address } = await link();
    const token = (kept?.address === address ? await renewed(kept) : undefined) ?? (await signInLocally());
    if (token === undefined) throw cliError('CLI_NO_CREDENTIAL');
    return token;
  }

  async function credential(): Promise<Record<string, string>> {
    const apiKey = env['PATCHBAY_API_KEY'];
    if (apiKey !== undefined && apiKey !== '') return { 'x-api-key': apiKey };
    const token = env['PATCHBAY_TOKEN'];
    return { authorization: `Bearer ${token !== undefined && token !== '' ? token : await findToken()}` };
  }

  return {
    client: async <Client>(definition: AnyDefinition) => {
      const { make } = await link();
      return make<Client>(definition, await credential());
    },
    signIn,
    signOut: () => rm(tokenFile, { force: true }),
    async close() {
      (await opened)?.channel.close();
    },
  };
}
