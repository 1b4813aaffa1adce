import { type ResourceFault } from '@patchbay/contracts/directory/v1/directory_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { findClashes } from '../domain/claims.ts';
import { refText } from '../domain/kinds.ts';
import { formatPath } from '../domain/path.ts';
import { findSplitLines } from '../domain/split-lines.ts';
import { findMissingReferences } from '../domain/references.ts';
import { adminsOf, findRuleFaults } from '../domain/rules.ts';
import { createCentre, type Finding, type ResourceView, viewOf } from '../domain/view.ts';
import { flowReferences } from '../parsing/definitions.ts';
import { limits } from '../parsing/limits.ts';
import { lineAt, type ParsedFiles, type ParsedResource } from '../parsing/parse-files.ts';
import type { TenantResource } from '../ports.ts';

const keyOf = (view: ResourceView) => `${view.tenant} ${refText(view)}`;

/** Everything as it would stand after the apply. */
function merged(stored: readonly TenantResource[], wanted: readonly ResourceView[]): ResourceView[] {
  const byKey = new Map<string, ResourceView>();
  for (const { tenant, resource } of stored) {
    const view = viewOf(tenant, resource);
    if (view !== undefined) byKey.set(keyOf(view), view);
  }
  for (const view of wanted) byKey.set(keyOf(view), view);
  return [...byKey.values()];
}

function findLostAdmins(tenant: string, before: readonly ResourceView[], after: readonly ResourceView[], wanted: readonly ResourceView[]): Finding[] {
  const own = (views: readonly ResourceView[]) => views.filter((view) => view.tenant === tenant);
  const were = adminsOf(own(before));
  if (were.length === 0 || adminsOf(own(after)).length > 0) return [];
  return wanted
    .filter((view) => view.kind === 'User' && were.includes(view.name))
    .map(({ kind, name }) => ({ kind, name, path: ['spec'], message: 'nobody with the role admin would be left who may sign in', remedy: 'Keep one admin, or give the role to another user first.' }));
}

function findOversized({ kind, name, spec }: ParsedResource): Finding[] {
  const bytes = Resource.encode({ kind, name, revision: 0n, author: '', appliedAt: undefined, spec }).finish().length;
  return bytes <= limits.resourceBytes ? [] : [{ kind, name, path: ['spec'], message: `the resource has ${bytes} bytes, more than ${limits.resourceBytes}`, remedy: 'Split it.' }];
}

/** Checks parsed resources against each other and against what is stored; every fault, in the order of the files. */
export function checkCentre(tenant: string, files: ParsedFiles, stored: readonly TenantResource[]): ResourceFault[] {
  // A resource that is there twice is told once, where it is first; the second is a fault of its own.
  const parsed = [...Map.groupBy(files.resources, refText).values()].flatMap((same) => same.slice(0, 1));
  const wanted = parsed.map(({ kind, name, spec }): ResourceView => ({ tenant, kind, name, spec }));
  const before = merged(stored, []);
  const after = merged(stored, wanted);
  const centre = createCentre(
    after.filter((view) => view.tenant === tenant),
    files.named,
  );
  const findings = [
    ...wanted.flatMap(findRuleFaults),
    ...findMissingReferences(wanted, centre, flowReferences),
    ...findSplitLines(wanted, centre),
    ...findClashes(wanted, after),
    ...parsed.flatMap(findOversized),
    // A faulty document may hold the admin who is looked for.
    ...(files.faults.length > 0 ? [] : findLostAdmins(tenant, before, after, wanted)),
  ];
  const places = new Map(parsed.map((resource, index) => [refText(resource), { resource, index }]));
  return findings
    .flatMap((finding) => {
      const place = places.get(refText(finding));
      if (place === undefined) return [];
      const { resource, index } = place;
      const fault: ResourceFault = {
        file: resource.file,
        line: lineAt(resource.lines, finding.path),
        resource: refText(finding),
        path: formatPath(finding.path),
        message: finding.message,
        remedy: finding.remedy,
      };
      return [{ fault, index }];
    })
    .sort((left, right) => left.index - right.index || left.fault.line - right.fault.line)
    .map(({ fault }) => fault);
}
