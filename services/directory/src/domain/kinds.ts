import {
  Agent,
  Customer,
  DispositionTree,
  EntryPoint,
  Flow,
  Hours,
  Queue,
  type Resource,
  RetentionClass,
  RoutingPlan,
  RuleSet,
  Skill,
  SlaPolicy,
  SurgePlan,
  Team,
  Tenant,
  User,
} from '@patchbay/contracts/directory/v1/resource';

/** Content of a resource, told apart by `$case`. */
export type Spec = NonNullable<Resource['spec']>;

/**
 * Every kind of resource, in the order in which they are written: what is named comes before what names it, so that a
 * reader of a half-written centre never sees a name without its resource. Queues and agents name each other: an agent who is
 * listed before being there is passed over.
 */
export const kinds = {
  Tenant: { $case: 'tenant', codec: Tenant },
  Skill: { $case: 'skill', codec: Skill },
  Hours: { $case: 'hours', codec: Hours },
  DispositionTree: { $case: 'dispositionTree', codec: DispositionTree },
  RuleSet: { $case: 'ruleSet', codec: RuleSet },
  Team: { $case: 'team', codec: Team },
  RetentionClass: { $case: 'retentionClass', codec: RetentionClass },
  Queue: { $case: 'queue', codec: Queue },
  RoutingPlan: { $case: 'routingPlan', codec: RoutingPlan },
  SlaPolicy: { $case: 'slaPolicy', codec: SlaPolicy },
  SurgePlan: { $case: 'surgePlan', codec: SurgePlan },
  Flow: { $case: 'flow', codec: Flow },
  EntryPoint: { $case: 'entryPoint', codec: EntryPoint },
  Agent: { $case: 'agent', codec: Agent },
  User: { $case: 'user', codec: User },
  Customer: { $case: 'customer', codec: Customer },
} as const satisfies Record<string, { $case: Spec['$case']; codec: { $type: string } }>;

/** Name of a kind. */
export type Kind = keyof typeof kinds;

/** Every kind, in writing order. */
export const kindNames = Object.keys(kinds) as Kind[];

export function isKind(text: string): text is Kind {
  return Object.hasOwn(kinds, text);
}

/** Place of a kind in the writing order. */
export function writingOrder(kind: string): number {
  const place = kindNames.indexOf(kind as Kind);
  return place === -1 ? kindNames.length : place;
}

/** `Queue/billing`: how faults and logs name a resource. */
export function refText(ref: { kind: string; name: string }): string {
  return `${ref.kind}/${ref.name}`;
}

/** Builds the typed content of a resource from the protobuf JSON form. */
export function specFromJson(kind: Kind, json: unknown): Spec {
  const { $case, codec } = kinds[kind];
  return { $case, value: codec.fromJSON(json) } as Spec;
}

/** The content in the protobuf JSON form. */
export function specToJson(spec: Spec): unknown {
  const codec = Object.values(kinds).find((row) => row.$case === spec.$case)?.codec as { toJSON(message: unknown): unknown } | undefined;
  return codec?.toJSON(spec.value);
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}

/** Whether two contents say the same; the order of maps does not count. */
export function isSameSpec(left: Spec | undefined, right: Spec | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.$case === right.$case && JSON.stringify(canonical(specToJson(left))) === JSON.stringify(canonical(specToJson(right)));
}
