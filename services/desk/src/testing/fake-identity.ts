import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import type { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { roleToJSON, type Resource } from '@patchbay/contracts/directory/v1/resource';
import { errorsOf } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const identityError = errorsOf({ DIRECTORY_BAD_CREDENTIALS: { status: 'unauthenticated', meaning: 'User, password, token or key is not right.', remedy: '' } });

/** Password of every user of the fake. */
export const fakePassword = 'correct-horse-battery';

/** Signs in the users among the resources, with tokens as the directory makes them. */
export async function createFakeIdentity(options: { tenant: string; resources: readonly Resource[]; clock: Clock }): Promise<Pick<RpcImplementation<typeof IdentityServiceDefinition>, 'signIn' | 'refreshToken' | 'getSigningKeys'>> {
  const { tenant, resources, clock } = options;
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'EdDSA', use: 'sig' };

  async function issue(user: string) {
    const spec = resources.find((resource) => resource.kind === 'User' && resource.name === user)?.spec;
    if (spec?.$case !== 'user') throw identityError('DIRECTORY_BAD_CREDENTIALS');
    const { displayName, roles, agent, language } = spec.value;
    const issuedAt = Math.floor(clock.nowMs() / 1000);
    const expires = issuedAt + 12 * 3600;
    const claims = { tenant, roles: roles.map((role) => roleToJSON(role).replace('ROLE_', '').toLowerCase()), ...(agent === '' ? {} : { agent }), name: displayName, lang: language };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid: 'key-1' })
      .setIssuer('patchbay')
      .setAudience('patchbay')
      .setSubject(`user:${user}`)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expires)
      .sign(privateKey);
    return { token, expiresAt: new Date(expires * 1000), principal: { tenant, subject: `user:${user}`, roles, agent, displayName, language } };
  }

  return {
    async signIn({ user, password }) {
      if (password !== fakePassword) throw identityError('DIRECTORY_BAD_CREDENTIALS');
      return issue(user);
    },
    async refreshToken() {
      throw identityError('DIRECTORY_BAD_CREDENTIALS');
    },
    async getSigningKeys() {
      return { jwksJson: JSON.stringify({ keys: [jwk] }) };
    },
  };
}
