import type { ListWaitingRequest, ListWaitingResponse, WaitingContact } from '@patchbay/contracts/routing/v1/routing_service';
import { isAwaited } from './availability.ts';
import { Heap } from './heap.ts';
import { pageLimit } from './page-limit.ts';
import { isBefore, type LinePlace, type Request } from './records.ts';
import type { RoutingState } from './state.ts';

/** Whom to list. */
export interface WaitingPage {
  readonly queue: string;
  readonly limit: number;
  /** Those behind this place only; undefined for all. */
  readonly after: LinePlace | undefined;
}

function writeToken({ keyMs, enqueuedAtMs, requestId }: LinePlace): string {
  return `${String(keyMs)}/${String(enqueuedAtMs)}/${requestId}`;
}

function readToken(token: string): LinePlace | undefined {
  const [, keyMs, enqueuedAtMs, requestId] = /^(-?\d+(?:\.\d+)?)\/(-?\d+)\/(.+)$/.exec(token) ?? [];
  return requestId === undefined ? undefined : { keyMs: Number(keyMs), enqueuedAtMs: Number(enqueuedAtMs), requestId };
}

/** What is asked; undefined when the token is none. */
export function readWaitingRequest({ queue, pageSize, pageToken }: ListWaitingRequest): WaitingPage | undefined {
  const after = pageToken === '' ? undefined : readToken(pageToken);
  if (pageToken !== '' && after === undefined) return undefined;
  return { queue, limit: pageLimit(pageSize), after };
}

/** The first so many by place, in order; one more than asked tells that there are more. Looks at each once. */
function firstInLine(requests: Iterable<Request>, limit: number, after: LinePlace | undefined): Request[] {
  const last = new Heap<Request>((left, right) => isBefore(right, left));
  for (const request of requests) {
    if (after !== undefined && !isBefore(after, request)) continue;
    const worst = last.peek();
    if (last.size >= limit && worst !== undefined) {
      if (!isBefore(request, worst)) continue;
      last.pop();
    }
    last.push(request);
  }
  return [...last.items].sort((left, right) => (isBefore(left, right) ? -1 : 1));
}

/** How many of the queue stand before a place. */
function countBefore(requests: Iterable<Request>, place: LinePlace): number {
  let count = 0;
  for (const request of requests) if (isBefore(request, place)) count += 1;
  return count;
}

type Reason = Pick<WaitingContact, 'because' | 'until' | 'agentId'>;

function reasonOf(state: RoutingState, request: Request, nowMs: number): Reason {
  const because = (word: string, rest: Partial<Reason> = {}): Reason => ({ because: word, until: undefined, agentId: '', ...rest });
  const [offerId, another] = request.offers;
  if (offerId !== undefined) return because('ringing', { agentId: another === undefined ? (state.offers.get(offerId)?.agentId ?? '') : '' });
  const notBeforeMs = request.callBack?.notBeforeMs ?? 0;
  if (notBeforeMs > nowMs) return because('call_back_later', { until: new Date(notBeforeMs) });
  if (state.pausedQueues.has(request.queue)) return because('queue_paused');
  if (request.preferredUntilMs > nowMs && isAwaited(state.agents.get(request.preferredAgentId))) return because('waits_for_preferred', { until: new Date(request.preferredUntilMs), agentId: request.preferredAgentId });
  return because(state.index.hasAgentFor(request) ? 'agents_busy' : 'no_agent');
}

/** Who waits in a queue, in the order of the line; undefined when there is no such queue. */
export function listWaiting(state: RoutingState, { queue, limit, after }: WaitingPage, nowMs: number): ListWaitingResponse | undefined {
  if (!state.centre.queues.has(queue)) return undefined;
  const requests = state.loads.get(queue)?.requests ?? new Set();
  const found = firstInLine(requests, limit + 1, after);
  const listed = found.slice(0, limit);
  const [first] = listed;
  const before = first === undefined ? 0 : countBefore(requests, first);
  const contacts = listed.map((request, index) => ({
    contactId: request.contactId,
    queue,
    channel: request.channel,
    place: before + index + 1,
    enqueuedAt: new Date(request.enqueuedAtMs),
    priority: request.priority,
    ...reasonOf(state, request, nowMs),
  }));
  const last = listed.at(-1);
  return { contacts, nextPageToken: found.length > limit && last !== undefined ? writeToken(last) : '', total: requests.size };
}
