import { parseFlow } from '@patchbay/flow/parse-flow';
import { referencesOfFlow } from '@patchbay/flow/references';
import type { Kind } from '../domain/kinds.ts';
import type { Reference } from '../domain/references.ts';
import type { SchemaFault } from '../schemas/validate-spec.ts';

/** Longest definition of a rule set, signs of JSON; flows have their own limit. */
const longest = 256 * 1024;

/** Checks definitions whose shape another package owns. Rule sets are checked by qa-scoring when it takes them. */
export function findDefinitionFaults(kind: Kind, definition: unknown): SchemaFault[] {
  if ((kind !== 'Flow' && kind !== 'RuleSet') || definition === null || typeof definition !== 'object') return [];
  if (JSON.stringify(definition).length > longest) return [{ path: ['definition'], message: `is longer than ${longest} signs`, remedy: 'Split it.' }];
  if (kind === 'RuleSet') return [];
  const parsed = parseFlow(definition);
  return 'faults' in parsed ? parsed.faults.map((fault) => ({ ...fault, path: ['definition', ...fault.path] })) : [];
}

/** What a flow's definition names; nothing when it cannot be read. */
export function flowReferences(definitionJson: string): readonly Reference[] {
  const parsed = parseFlow(definitionJson);
  return 'faults' in parsed ? [] : referencesOfFlow(parsed.flow).map(({ kind, name, path }) => ({ kind, name, path: ['spec', 'definition', ...path] }));
}
