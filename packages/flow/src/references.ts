import type { FlowDefinition } from './definition.ts';

/** A resource that a flow names. */
export interface FlowReference {
  /** Where, from the top of the definition. */
  readonly path: readonly (string | number)[];
  readonly kind: 'Queue' | 'RoutingPlan' | 'Skill' | 'Hours';
  readonly name: string;
}

/** Everything that a flow names outside itself. */
export function referencesOfFlow(flow: FlowDefinition): readonly FlowReference[] {
  return [...flow.nodes].flatMap(([nodeName, node]): FlowReference[] => {
    const path = ['nodes', nodeName];
    if (node.type === 'hours') return [{ path: [...path, 'hours'], kind: 'Hours', name: node.hours }];
    if (node.type !== 'queue') return [];
    return [
      { path: [...path, 'queue'], kind: 'Queue', name: node.queue },
      ...(node.plan === '' ? [] : [{ path: [...path, 'plan'], kind: 'RoutingPlan' as const, name: node.plan }]),
      ...node.skills.map((one, index): FlowReference => ({ path: [...path, 'skills', index, 'skill'], kind: 'Skill', name: one.skill })),
    ];
  });
}
