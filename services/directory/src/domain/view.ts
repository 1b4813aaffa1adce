import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { Spec } from './kinds.ts';
import type { Path } from './path.ts';

/** What is wrong with a resource, before file and line are known. */
export interface Finding {
  kind: string;
  name: string;
  path: Path;
  message: string;
  remedy: string;
}

/** A resource as its content matters to others. */
export interface ResourceView {
  tenant: string;
  kind: string;
  name: string;
  spec: Spec;
}

/** A set of resources that can be asked by name. */
export interface Centre {
  has(kind: string, name: string): boolean;
  /** Names of a kind, sorted. */
  names(kind: string): readonly string[];
  all(): readonly ResourceView[];
}

const keyOf = (kind: string, name: string) => `${kind}/${name}`;

/**
 * A centre of these resources; a later one replaces an earlier one of the same kind and name.
 * @param alsoThere `Kind/name` of resources that are there with a content that is not known
 */
export function createCentre(resources: readonly ResourceView[], alsoThere: readonly string[] = []): Centre {
  const byKey = new Map(resources.map((resource) => [keyOf(resource.kind, resource.name), resource]));
  const others = new Set(alsoThere);
  return {
    has: (kind, name) => byKey.has(keyOf(kind, name)) || others.has(keyOf(kind, name)),
    names: (kind) => [...byKey.values()].filter((resource) => resource.kind === kind).map((resource) => resource.name).sort(),
    all: () => [...byKey.values()],
  };
}

/** The view of a stored resource; undefined for one of a kind that this version does not know. */
export function viewOf(tenant: string, resource: Resource): ResourceView | undefined {
  return resource.spec === undefined ? undefined : { tenant, kind: resource.kind, name: resource.name, spec: resource.spec };
}
