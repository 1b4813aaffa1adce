import { type ApplyResult, ApplyAction } from '@patchbay/contracts/directory/v1/directory_service';
import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import { isSameSpec, type Spec, writingOrder } from './kinds.ts';

/** A resource as somebody wants it, free of faults. */
export interface WantedResource {
  kind: string;
  name: string;
  spec: Spec;
  /** Whether what goes with it apart from the content (secrets) differs from what is kept. */
  secretsChanged: boolean;
}

/** What an apply comes to. */
export interface ApplyPlan {
  /** In the order of the files. */
  results: ApplyResult[];
  /** What to write, in writing order. */
  writes: Resource[];
}

/**
 * Compares what is wanted with what is stored.
 * @param lastRevision revision of the last change of a name, its removal included; 0n when never used
 */
export function planApply(
  wanted: readonly WantedResource[],
  stored: (kind: string, name: string) => Resource | undefined,
  lastRevision: (kind: string, name: string) => bigint,
  by: { author: string; appliedAt: Date },
): ApplyPlan {
  const results: ApplyResult[] = [];
  const writes: Resource[] = [];
  for (const { kind, name, spec, secretsChanged } of wanted) {
    const before = stored(kind, name);
    if (before !== undefined && isSameSpec(before.spec, spec) && !secretsChanged) {
      results.push({ kind, name, action: ApplyAction.UNCHANGED, revision: before.revision });
      continue;
    }
    const revision = lastRevision(kind, name) + 1n;
    results.push({ kind, name, action: before === undefined ? ApplyAction.CREATED : ApplyAction.CHANGED, revision });
    writes.push({ kind, name, revision, author: by.author, appliedAt: by.appliedAt, spec });
  }
  writes.sort((left, right) => writingOrder(left.kind) - writingOrder(right.kind));
  return { results, writes };
}
