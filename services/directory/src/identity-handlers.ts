import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import type { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { requireAdmin, requireSelfOrAdmin, requireService } from './authorise.ts';
import { directoryError } from './errors.ts';
import type { ApiKeys } from './identity/api-keys.ts';
import { requireGoodPassword } from './identity/password-rules.ts';
import { phoneCredential, type PhoneCredential, phoneRealm } from './identity/phones.ts';
import { type KeptPassword, refreshToken, signIn, type SignInParts } from './identity/sign-in.ts';
import type { SigningKeys } from './identity/signing-keys.ts';
import { vaultKeys } from './vault-keys.ts';

export interface IdentityParts extends SignInParts {
  keys: SigningKeys;
  apiKeys: ApiKeys;
}

function sipUsernameOf({ mirror }: IdentityParts, tenant: string, agent: string): string {
  const spec = mirror.get({ tenant, kind: 'Agent', name: agent })?.spec;
  return spec?.$case === 'agent' ? spec.value.sipUsername : '';
}

function agentOfPhone({ mirror }: IdentityParts, tenant: string, sipUsername: string): string | undefined {
  if (sipUsername === '') return undefined;
  return mirror.list(tenant, 'Agent').find(({ spec }) => spec?.$case === 'agent' && spec.value.sipUsername === sipUsername)?.name;
}

/** IdentityService. Each call stands alone; setting the same again changes nothing but the time. */
export function createIdentityHandlers(parts: IdentityParts): RpcImplementation<typeof IdentityServiceDefinition> {
  const { vault, mirror, hasher, keys, apiKeys, clock } = parts;
  return {
    signIn: (request, { tenant }) => signIn(parts, request.tenant === '' ? { ...request, tenant } : request),
    refreshToken: ({ token }) => refreshToken(parts, token),
    async getSigningKeys() {
      return { jwksJson: JSON.stringify(await keys.jwks()) };
    },
    async setPassword({ user, password }, { tenant, actor }) {
      requireSelfOrAdmin(actor, actor.kind === 'user' && actor.subject === `user:${user}`);
      if (mirror.get({ tenant, kind: 'User', name: user }) === undefined) throw directoryError('DIRECTORY_UNKNOWN_RESOURCE', { details: { kind: 'User' } });
      requireGoodPassword(password, user);
      const kept: KeptPassword = { hash: await hasher.hash(password), setMs: clock.nowMs() };
      await vault.write(vaultKeys.password(tenant, user), kept);
      await vault.remove(vaultKeys.failures(tenant, user));
      return {};
    },
    createApiKey(request, { tenant, actor }) {
      requireAdmin(actor);
      return apiKeys.create(tenant, actor.subject, request);
    },
    async listApiKeys(_request, { tenant, actor }) {
      requireAdmin(actor);
      return { keys: await apiKeys.list(tenant) };
    },
    async revokeApiKey({ keyId }, { tenant, actor }) {
      requireAdmin(actor);
      await apiKeys.revoke(tenant, keyId);
      return {};
    },
    async verifyApiKey({ apiKey }, { actor }) {
      requireService(actor);
      return { principal: await apiKeys.verify(apiKey) };
    },
    async setPhonePassword({ agent, password }, { tenant, actor }) {
      requireSelfOrAdmin(actor, actor.agent !== undefined && actor.agent === agent);
      const sipUsername = sipUsernameOf(parts, tenant, agent);
      if (sipUsername === '') throw directoryError('DIRECTORY_NO_PHONE');
      requireGoodPassword(password, sipUsername);
      await vault.write(vaultKeys.phone(tenant, agent), phoneCredential(sipUsername, password));
      return { sipUsername, realm: phoneRealm };
    },
    async getPhoneCredential({ sipUsername }, { tenant, actor }) {
      requireService(actor);
      const agent = agentOfPhone(parts, tenant, sipUsername);
      const kept = agent === undefined ? undefined : ((await vault.read(vaultKeys.phone(tenant, agent)))?.value as PhoneCredential | undefined);
      // The user name is part of the digests: those of an earlier name are worth nothing.
      if (agent === undefined || kept?.sipUsername !== sipUsername) throw directoryError('DIRECTORY_UNKNOWN_PHONE');
      return { agent, realm: phoneRealm, ha1Md5: kept.ha1Md5, ha1Sha256: kept.ha1Sha256 };
    },
  };
}
