import { Role } from '@patchbay/contracts/directory/v1/resource';

/** Who asks, as far as rights go. */
export interface Caller {
  kind: 'user' | 'key' | 'service';
  roles: readonly Role[];
  agent?: string | undefined;
}

/** How a method may be narrowed to what belongs to the caller's own agent. */
export interface OwnRule {
  /** Roles that may call it for their own agent only. */
  roles: readonly Role[];
  /**
   * Request field that names the agent. `match`: it must be the caller's own; `fill`: it is set to the caller's own, and
   * must be empty or the same. `response`: the answer is looked at instead (see `agentOf`).
   */
  by: { field: string; how: 'match' | 'fill' } | { agentOf(response: unknown): string | undefined };
}

/** Who may call a method. What is not written here is not allowed. */
export type MethodRule =
  /** Anybody, without a credential. */
  | { access: 'open' }
  /** Only services inside: not served here at all. */
  | { access: 'services' }
  /** Whoever has one of the roles; others of `own` for their own agent. */
  | {
      access: 'roles';
      roles: readonly Role[];
      own?: OwnRule;
      /** Who sees personal fields as they are; default `personalReaders`. */
      seers?: readonly Role[];
      /** Endings of personal paths that are shown to everybody: names of staff. */
      shown?: readonly string[];
      /** Deadline of calls that bring none, milliseconds, where the usual one is too short. */
      usualTimeoutMs?: number;
    };

/** Roles whose work needs customers' names and addresses. */
export const personalReaders: readonly Role[] = [Role.ADMIN, Role.TEAM_LEAD, Role.QA];

const hasAny = (caller: Caller, roles: readonly Role[]) => caller.roles.some((role) => roles.includes(role));

/** What becomes of a call. */
export type Decision =
  | { allowed: false }
  | {
      allowed: true;
      /** The request to pass on, narrowed where it must be. */
      request: Readonly<Record<string, unknown>>;
      /** Whether personal fields of the answer are shown. */
      showsPersonal: boolean;
      /** When the answer decides whether the caller may have it: the agent it belongs to must be the caller's. */
      mustBeOwn?: (response: unknown) => string | undefined;
    };

function decideOwn(own: OwnRule, caller: Caller, request: Readonly<Record<string, unknown>>): Decision {
  const { agent } = caller;
  if (agent === undefined || agent === '' || !hasAny(caller, own.roles)) return { allowed: false };
  if ('agentOf' in own.by) return { allowed: true, request, showsPersonal: true, mustBeOwn: own.by.agentOf };
  const { field, how } = own.by;
  const named = request[field];
  if (how === 'fill' && named === '') return { allowed: true, request: { ...request, [field]: agent }, showsPersonal: true };
  return named === agent ? { allowed: true, request, showsPersonal: true } : { allowed: false };
}

/** Decides a call of somebody whose credential was checked. */
export function decideAccess(rule: MethodRule, caller: Caller, request: Readonly<Record<string, unknown>>): Decision {
  if (rule.access === 'services') return { allowed: false };
  if (rule.access === 'open') return { allowed: true, request, showsPersonal: true };
  if (hasAny(caller, rule.roles)) return { allowed: true, request, showsPersonal: hasAny(caller, rule.seers ?? personalReaders) };
  return rule.own === undefined ? { allowed: false } : decideOwn(rule.own, caller, request);
}
