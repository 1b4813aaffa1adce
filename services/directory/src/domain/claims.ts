import type { Path } from './path.ts';
import type { Finding, ResourceView } from './view.ts';

/** Something that only one resource may have. */
interface Claim {
  /** What is claimed and where: equal keys clash. */
  key: string;
  path: Path;
  /** What it is, for people; never the value when that is personal. */
  what: string;
}

function claimsOf(resource: ResourceView): Claim[] {
  const { spec, tenant } = resource;
  switch (spec.$case) {
    case 'agent': {
      const claims: Claim[] = [];
      if (spec.value.sipUsername !== '') claims.push({ key: `${tenant} sip ${spec.value.sipUsername}`, path: ['spec', 'sipUsername'], what: 'SIP user name' });
      if (spec.value.agentNo !== '') claims.push({ key: `${tenant} no ${spec.value.agentNo}`, path: ['spec', 'agentNo'], what: 'agent number' });
      return claims;
    }
    // Contacts find their tenant by the entry point, so an address belongs to one entry point of all tenants.
    case 'entryPoint':
      return [{ key: `entry ${spec.value.channel} ${spec.value.address}`, path: ['spec', 'address'], what: 'channel and address' }];
    case 'customer':
      return spec.value.identities.map((identity, index) => ({
        key: `${tenant} customer ${identity.type} ${identity.address}`,
        path: ['spec', 'identities', index, 'address'],
        what: 'customer identity',
      }));
    default:
      return [];
  }
}

const keyOf = (resource: ResourceView) => `${resource.tenant} ${resource.kind}/${resource.name}`;

function holderText(holder: ResourceView, resource: ResourceView): string {
  if (holder.tenant !== resource.tenant) return 'another entry point';
  return keyOf(holder) === keyOf(resource) ? 'this resource, earlier' : `${holder.kind}/${holder.name}`;
}

/**
 * Claims that clash, told at the changed resource.
 * @param all every resource of every tenant as it would stand
 */
export function findClashes(changed: readonly ResourceView[], all: readonly ResourceView[]): Finding[] {
  const holders = new Map<string, ResourceView>();
  const changedKeys = new Set(changed.map(keyOf));
  for (const resource of all) {
    if (changedKeys.has(keyOf(resource))) continue;
    for (const claim of claimsOf(resource)) holders.set(claim.key, resource);
  }
  const findings: Finding[] = [];
  for (const resource of changed) {
    for (const claim of claimsOf(resource)) {
      const holder = holders.get(claim.key);
      if (holder === undefined) holders.set(claim.key, resource);
      else {
        findings.push({
          kind: resource.kind,
          name: resource.name,
          path: claim.path,
          message: `this ${claim.what} is taken by ${holderText(holder, resource)}`,
          remedy: `Give each its own ${claim.what}, or remove the other.`,
        });
      }
    }
  }
  return findings;
}
