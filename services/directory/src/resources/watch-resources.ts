import type { WatchResourcesResponse } from '@patchbay/contracts/directory/v1/directory_service';
import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { ResourceMirror } from '../ports.ts';

function removedResource(before: Resource): Resource {
  return { kind: before.kind, name: before.name, revision: before.revision + 1n, author: '', appliedAt: undefined, spec: undefined };
}

/**
 * Streams resources: those that stand, a mark, then changes. A slow reader gets only the last state of a resource that
 * changed several times meanwhile, so what waits is bounded by the number of resources.
 */
export async function* watchResources(mirror: ResourceMirror, options: { tenant: string; kind: string; signal: AbortSignal }): AsyncGenerator<WatchResourcesResponse> {
  const { tenant, kind, signal } = options;
  const waiting = new Map<string, WatchResourcesResponse>();
  let wake = () => {};
  const cancel = mirror.onChange(({ key, before, after }) => {
    if (key.tenant !== tenant || (kind !== '' && key.kind !== kind)) return;
    const ref = `${key.kind}.${key.name}`;
    waiting.delete(ref);
    if (after !== undefined) waiting.set(ref, { update: { $case: 'applied', value: after } });
    else if (before !== undefined) waiting.set(ref, { update: { $case: 'removed', value: removedResource(before) } });
    wake();
  });
  const stop = () => {
    wake();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (const resource of mirror.list(tenant, kind === '' ? undefined : kind)) yield { update: { $case: 'applied', value: resource } };
    yield { update: { $case: 'snapshotDone', value: true } };
    while (!signal.aborted) {
      for (const [ref, response] of waiting) {
        waiting.delete(ref);
        yield response;
      }
      if (waiting.size > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}
