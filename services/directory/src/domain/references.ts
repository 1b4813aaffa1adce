import type { Requirement, RequirementTerm } from '@patchbay/contracts/contact/v1/contact';
import { SurgeActionKind, type EntryPoint, type Queue, type RelaxationStep, type RoutingPlan, type SurgePlan } from '@patchbay/contracts/directory/v1/resource';
import type { Kind } from './kinds.ts';
import type { Path } from './path.ts';
import type { Finding, ResourceView, Centre } from './view.ts';

/** One resource that another names. */
export interface Reference {
  path: Path;
  kind: Kind;
  name: string;
}

/** Reads the references out of a flow's definition; `packages/flow` knows its shape. */
export type FlowReferences = (definitionJson: string) => readonly Reference[];

/** A reference when the name is given. */
function named(kind: Kind, name: string | undefined, ...path: (string | number)[]): Reference[] {
  return name === undefined || name === '' ? [] : [{ kind, name, path: ['spec', ...path] }];
}

function requirementReferences(requirement: Requirement | undefined, ...path: (string | number)[]): Reference[] {
  const inTerm = (term: RequirementTerm, ...at: (string | number)[]) => term.skills.flatMap((one, index) => named('Skill', one.skill, ...at, 'skills', index, 'skill'));
  return requirement === undefined ? [] : [...inTerm(requirement, ...path), ...requirement.anyOf.flatMap((term, index) => inTerm(term, ...path, 'anyOf', index))];
}

function relaxationReferences(steps: readonly RelaxationStep[], ...path: (string | number)[]): Reference[] {
  return steps.flatMap((step, index) => [
    ...requirementReferences(step.requirement, ...path, index, 'requirement'),
    ...step.extraQueues.flatMap((queue, place) => named('Queue', queue, ...path, index, 'extraQueues', place)),
  ]);
}

function planReferences(plan: RoutingPlan): Reference[] {
  return [
    ...plan.targets.flatMap((target, index) => [
      ...named('Queue', target.queue, 'targets', index, 'queue'),
      ...requirementReferences(target.requirement, 'targets', index, 'requirement'),
      ...relaxationReferences(target.relaxation, 'targets', index, 'relaxation'),
    ]),
    ...named('Queue', plan.then?.queue, 'then', 'queue'),
  ];
}

function queueReferences(queue: Queue): Reference[] {
  return [
    ...requirementReferences(queue.requirement, 'requirement'),
    ...relaxationReferences(queue.relaxation, 'relaxation'),
    ...queue.agentOrder.flatMap((agent, index) => named('Agent', agent, 'agentOrder', index)),
    ...named('RoutingPlan', queue.plan, 'plan'),
    ...named('DispositionTree', queue.wrapUp?.dispositions, 'wrapUp', 'dispositions'),
    ...named('Hours', queue.hours, 'hours'),
    ...named('RuleSet', queue.ruleSet, 'ruleSet'),
    ...named('RetentionClass', queue.retentionClass, 'retentionClass'),
  ];
}

function surgeReferences(plan: SurgePlan): Reference[] {
  return [
    ...plan.queues.flatMap((queue, index) => named('Queue', queue, 'queues', index)),
    ...plan.actions.flatMap((action, index) => [
      ...(action.kind === SurgeActionKind.OVERFLOW ? named('Queue', action.name, 'actions', index, 'name') : []),
      ...action.queues.flatMap((queue, place) => named('Queue', queue, 'actions', index, 'queues', place)),
      ...requirementReferences(action.requirement, 'actions', index, 'requirement'),
    ]),
  ];
}

function entryPointReferences(entryPoint: EntryPoint): Reference[] {
  return [...named('Queue', entryPoint.queue, 'queue'), ...named('RoutingPlan', entryPoint.plan, 'plan'), ...named('Flow', entryPoint.flow, 'flow'), ...named('Hours', entryPoint.hours, 'hours')];
}

/** Everything that a resource names. */
export function referencesOf(resource: ResourceView, flowReferences: FlowReferences): readonly Reference[] {
  const { spec } = resource;
  switch (spec.$case) {
    case 'user':
      return [...named('Agent', spec.value.agent, 'agent'), ...spec.value.leads.flatMap((team, index) => named('Team', team, 'leads', index))];
    case 'agent':
      return [
        ...spec.value.skills.flatMap((one, index) => named('Skill', one.skill, 'skills', index, 'skill')),
        ...spec.value.queues.flatMap((name, index) => named('Queue', name, 'queues', index)),
      ];
    case 'customer':
      return named('Agent', spec.value.agent, 'agent');
    case 'queue':
      return queueReferences(spec.value);
    case 'routingPlan':
      return planReferences(spec.value);
    case 'slaPolicy':
      return [...spec.value.queues.flatMap((queue, index) => named('Queue', queue, 'queues', index)), ...named('Hours', spec.value.hours, 'hours')];
    case 'surgePlan':
      return surgeReferences(spec.value);
    case 'entryPoint':
      return entryPointReferences(spec.value);
    case 'flow':
      return flowReferences(spec.value.definitionJson);
    default:
      return [];
  }
}

function remedyFor(reference: Reference, centre: Centre): string {
  const there = centre.names(reference.kind);
  const list = there.slice(0, 10).join(', ');
  return there.length === 0 ? `Add a ${reference.kind} with this name to the files.` : `Add a ${reference.kind} with this name, or name one of: ${list}${there.length > 10 ? ', …' : ''}.`;
}

/** Names without a resource. */
export function findMissingReferences(changed: readonly ResourceView[], centre: Centre, flowReferences: FlowReferences): Finding[] {
  return changed.flatMap((resource) =>
    referencesOf(resource, flowReferences)
      .filter((reference) => !centre.has(reference.kind, reference.name))
      .map((reference) => ({
        kind: resource.kind,
        name: resource.name,
        path: reference.path,
        message: `there is no ${reference.kind} "${reference.name}"`,
        remedy: remedyFor(reference, centre),
      })),
  );
}

/** Resources that name this one, as `Kind/name`, sorted. */
export function findUsers(target: { kind: string; name: string }, centre: Centre, flowReferences: FlowReferences): readonly string[] {
  return centre
    .all()
    .filter((resource) => referencesOf(resource, flowReferences).some((reference) => reference.kind === target.kind && reference.name === target.name))
    .map((resource) => `${resource.kind}/${resource.name}`)
    .sort();
}
