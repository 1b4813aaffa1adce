import type { Role } from '@patchbay/contracts/directory/v1/resource';

/** Who asks for something. Set by the edge that checked the credential, trusted behind it. */
export interface Actor {
  /** `user:<name>`, `key:<id>` or `service:<name>`. */
  subject: string;
  kind: 'user' | 'key' | 'service';
  roles: readonly Role[];
  /** Agent it works as; absent for none. */
  agent?: string | undefined;
}

/** The actor for calls that a service makes of its own. */
export function serviceActor(name: string): Actor {
  return { subject: `service:${name}`, kind: 'service', roles: [] };
}
