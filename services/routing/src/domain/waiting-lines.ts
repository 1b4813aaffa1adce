import { twice } from './agent-columns.ts';
import { Bits } from './bits.ts';
import { isBefore, type Request } from './records.ts';
import type { LineEntry, RequirementClass } from './requirement-classes.ts';

/** Who waits: one line by place for each class of requests that ask the same. */
export class WaitingLines {
  /** Requests that came into line, or may now be served by somebody more, since the last settling. */
  readonly restless = new Set<Request>();
  /** Classes with somebody in line. */
  readonly nonEmpty = new Bits();
  /** Place in line of each class's first, so that a scan over classes touches one array: Infinity for an empty line. */
  #headKeyMs = new Float64Array(64).fill(Infinity);
  /** Requests that wait for one agent alone, by that agent. */
  readonly #waitingFor = new Map<string, Set<Request>>();

  /** Place of a class's first; Infinity for an empty line. */
  headKeyMs(no: number): number {
    return this.#headKeyMs[no] ?? Infinity;
  }

  /** Puts a request that is not in line there, at its place by `keyMs`. */
  join(request: Request, requirementClass: RequirementClass): void {
    const entry: LineEntry = { request, keyMs: request.keyMs, enqueuedAtMs: request.enqueuedAtMs, requestId: request.requestId, requirementClass, waitsFor: request.preferredUntilMs > 0 ? request.preferredAgentId : '', alive: true };
    request.place = entry;
    requirementClass.line.push(entry);
    requirementClass.size += 1;
    this.nonEmpty.add(requirementClass.no);
    this.#noteHead(requirementClass);
    this.restless.add(request);
    if (entry.waitsFor !== '') this.#waitingFor.set(entry.waitsFor, (this.#waitingFor.get(entry.waitsFor) ?? new Set()).add(request));
  }

  /** Takes a request out of line. Gives the class it left; undefined when it was in none. */
  leave(request: Request): RequirementClass | undefined {
    const entry = request.place as LineEntry | undefined;
    if (entry?.alive !== true) return undefined;
    this.restless.delete(request);
    if (entry.waitsFor !== '') this.#waitingFor.get(entry.waitsFor)?.delete(request);
    entry.alive = false;
    const { requirementClass } = entry;
    requirementClass.size -= 1;
    const { line } = requirementClass;
    // Dead entries are taken out when they come first, or when they are most of the heap.
    while (line.peek()?.alive === false) line.pop();
    if (line.size > 64 + 2 * requirementClass.size) line.keep((one) => one.alive);
    this.#noteHead(requirementClass);
    if (requirementClass.size === 0) this.nonEmpty.delete(requirementClass.no);
    return requirementClass;
  }

  /** The agent for whom some wait alone cannot be had: they may go to others. */
  wakeThoseWaitingFor(agentId: string): void {
    for (const request of this.#waitingFor.get(agentId) ?? []) this.restless.add(request);
  }

  #noteHead(requirementClass: RequirementClass): void {
    const { no, line } = requirementClass;
    while (no >= this.#headKeyMs.length) this.#headKeyMs = twice(this.#headKeyMs, Infinity);
    this.#headKeyMs[no] = line.peek()?.keyMs ?? Infinity;
  }
}

/** The first of a class for whom a condition holds: walks over the whole line. */
export function firstWhere({ line }: RequirementClass, holds: (request: Request) => boolean): LineEntry | undefined {
  let first: LineEntry | undefined;
  for (const entry of line.items) {
    if (!entry.alive || !holds(entry.request)) continue;
    if (first === undefined || isBefore(entry, first)) first = entry;
  }
  return first;
}
