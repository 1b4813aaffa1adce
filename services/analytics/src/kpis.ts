import type { GetKpisRequest, GetKpisResponse, Kpi } from '@patchbay/contracts/analytics/v1/analytics_service';
import { analyticsError } from './errors.ts';
import type { Warehouse } from './ports.ts';

/** Name of the default variant: answered in target / (answered + abandoned − short abandoned), counted by arrival. */
export const serviceLevelVariant = 'answered_in_target / (answered + abandoned - short_abandoned), by arrival';

const intervals = new Set([0, 15, 30, 60, 1_440]);
const mostIntervals = 2_000;
const dayMs = 86_400_000;

/** The range asked for; the default is the tenant's day so far. */
function readRange(request: GetKpisRequest, nowMs: number, midnightMs: number): { fromMs: number; toMs: number; stepMs: number } {
  const fromMs = request.from?.getTime() ?? midnightMs;
  const toMs = request.to?.getTime() ?? nowMs;
  const stepMs = request.intervalMinutes === 0 ? Math.max(1, toMs - fromMs) : request.intervalMinutes * 60_000;
  if (!intervals.has(request.intervalMinutes) || !(fromMs < toMs) || (toMs - fromMs) / stepMs > mostIntervals || toMs - fromMs > 400 * dayMs) {
    throw analyticsError('ANALYTICS_BAD_RANGE', { details: { from: String(fromMs), to: String(toMs), intervalMinutes: String(request.intervalMinutes) } });
  }
  return { fromMs, toMs, stepMs };
}

/** Sums by interval and queue, and over all queues; ratios are made of sums, never of ratios. */
const requestSums = `
  with counted as (
    select queue, outcome, waited_ms, short_abandon, target_seconds, assignment_id,
      ($from_ms + floor((epoch_ms(enqueued_at) - $from_ms) / $step_ms) * $step_ms)::bigint as start_ms
    from request_outcome
    where tenant = $tenant and enqueued_at >= make_timestamp($from_ms * 1000) and enqueued_at < make_timestamp($to_ms * 1000)
      and ($queues = '' or list_contains(string_split($queues, ','), queue)) and ($channel = '' or channel = $channel)),
  joined as (select c.*, a.handled_ms, a.wrap_up_ms, a.closed_at, s.score_pct from counted c
    left join assignment_fact a using (assignment_id)
    left join (select contact_id, queue, avg(score_pct) as score_pct, any_value(agent_id) as scored_agent from score_fact where tenant = $tenant group by all) s
      on s.contact_id = a.contact_id and s.queue = c.queue)
  select start_ms, coalesce(queue, '') as queue, count(*) as offered,
    count(*) filter (outcome = 'answered') as answered, count(*) filter (outcome = 'abandoned') as abandoned,
    count(*) filter (outcome = 'abandoned' and short_abandon) as short_abandoned,
    count(*) filter (outcome = 'answered' and waited_ms <= target_seconds * 1000) as in_target,
    count(*) filter (outcome = 'open') as open, count(*) filter (outcome = 'other') as other,
    coalesce(sum(waited_ms) filter (outcome = 'answered'), 0) as answered_wait_ms,
    coalesce(sum(handled_ms + wrap_up_ms) filter (closed_at is not null), 0) as handle_ms, count(*) filter (closed_at is not null) as handled,
    avg(score_pct) as score_pct
  from joined group by grouping sets ((start_ms, queue), (start_ms)) order by start_ms, queue`;

/** Occupied and available time of all agents within the range, by interval. */
const occupancySums = `
  with intervals as (select $from_ms + i * $step_ms as start_ms, least($from_ms + (i + 1) * $step_ms, $to_ms) as end_ms from range(0, $steps::bigint) t(i)),
  slots as (
    select agent_id, slot, state, epoch_ms(since) as from_at,
      coalesce(epoch_ms(lead(since) over (partition by agent_id, slot order by since, event_id)), $now_ms) as to_at
    from agent_slot_fact where tenant = $tenant),
  ready as (select agent_id, epoch_ms(from_at) as from_at, least(epoch_ms(to_at), $now_ms) as to_at from agent_state_interval where tenant = $tenant and state = 'ready'),
  busy as (select start_ms, sum(greatest(0, least(to_at, end_ms) - greatest(from_at, start_ms))) as busy_ms from intervals join slots on to_at > start_ms and from_at < end_ms where state in ('reserved', 'engaged', 'wrap_up') group by start_ms),
  idle as (select start_ms, sum(greatest(0, least(to_at, end_ms) - greatest(from_at, start_ms))) as ready_ms from intervals join ready on to_at > start_ms and from_at < end_ms group by start_ms)
  select start_ms, coalesce(busy_ms, 0) as busy_ms, coalesce(ready_ms, 0) as ready_ms from intervals left join busy using (start_ms) left join idle using (start_ms)`;

const ratio = (part: number, whole: number, factor = 1): number | undefined => (whole > 0 ? (part / whole) * factor : undefined);

function toKpi(row: Record<string, unknown>): Kpi {
  const value = (name: string) => Number(row[name] ?? 0);
  const counted = value('answered') + value('abandoned') - value('short_abandoned');
  return {
    queue: String(row['queue'] ?? ''),
    intervalStart: new Date(value('start_ms')),
    offered: BigInt(value('offered')),
    answered: BigInt(value('answered')),
    abandoned: BigInt(value('abandoned')),
    shortAbandoned: BigInt(value('short_abandoned')),
    answeredInTarget: BigInt(value('in_target')),
    open: BigInt(value('open')),
    other: BigInt(value('other')),
    serviceLevelPct: ratio(value('in_target'), counted, 100),
    asaSeconds: ratio(value('answered_wait_ms'), value('answered'), 0.001),
    ahtSeconds: ratio(value('handle_ms'), value('handled'), 0.001),
    abandonPct: ratio(value('abandoned'), value('offered'), 100),
    occupancyPct: undefined,
    scorePct: row['score_pct'] === null || row['score_pct'] === undefined ? undefined : Number(row['score_pct']),
  };
}

/** Reads the KPIs of a tenant. */
export async function getKpis(warehouse: Warehouse, request: GetKpisRequest, place: { tenant: string; nowMs: number; midnightMs: number }): Promise<GetKpisResponse> {
  const { fromMs, toMs, stepMs } = readRange(request, place.nowMs, place.midnightMs);
  const range = { from_ms: fromMs, to_ms: toMs, step_ms: stepMs, tenant: place.tenant };
  const rows = await warehouse.read(requestSums, { ...range, queues: request.queues.join(','), channel: request.channel });
  const kpis = rows.map(toKpi);
  if (request.queues.length === 0 && request.channel === '') await addOccupancy(warehouse, kpis, { ...range, now_ms: place.nowMs, steps: Math.ceil((toMs - fromMs) / stepMs) });
  const { storedAtMs } = await warehouse.progress();
  return { kpis, serviceLevelVariant, asOf: storedAtMs === undefined ? undefined : new Date(storedAtMs) };
}

async function addOccupancy(warehouse: Warehouse, kpis: Kpi[], values: Record<string, string | number>): Promise<void> {
  for (const row of await warehouse.read(occupancySums, values)) {
    const all = kpis.find((kpi) => kpi.queue === '' && kpi.intervalStart?.getTime() === Number(row['start_ms']));
    // Ready time includes what was occupied while ready, so it is the whole; time occupied outside it is added.
    if (all !== undefined) all.occupancyPct = ratio(Number(row['busy_ms']), Math.max(Number(row['ready_ms']), Number(row['busy_ms'])), 100);
  }
}
