import { createHash } from 'node:crypto';

/** Where everything private stands in the vault. Names of resources are safe as keys; what comes from outside is hashed. */
export const vaultKeys = {
  password: (tenant: string, user: string) => `tenant.${tenant}.password.${user}`,
  phone: (tenant: string, agent: string) => `tenant.${tenant}.phone.${agent}`,
  secrets: (tenant: string, entryPoint: string) => `tenant.${tenant}.secrets.${entryPoint}`,
  /** Last revision of a name whose resource was removed. */
  revision: (tenant: string, kind: string, name: string) => `tenant.${tenant}.revision.${kind}.${name}`,
  failures: (tenant: string, user: string) => `failures.${createHash('sha256').update(`${tenant}\0${user}`).digest('hex').slice(0, 32)}`,
  apiKeys: 'api-key',
  apiKey: (keyId: string) => `api-key.${keyId}`,
  /** When a key was last used; apart, so that uses do not clash with a revocation. */
  apiKeyUse: (keyId: string) => `api-key-use.${keyId}`,
  signingKeys: 'signing-key',
  signingKey: (keyId: string) => `signing-key.${keyId}`,
  changes: 'change',
  changePiece: (changeId: string, piece: number) => `change.${changeId}.${piece}`,
} as const;
