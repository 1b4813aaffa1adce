import type { CallContext } from '@patchbay/bus/rpc-server';
import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import type { AnalyticsServiceDefinition, PartitionProgress } from '@patchbay/contracts/analytics/v1/analytics_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import type { Clock } from '@patchbay/runtime/clock';
import { analyticsError } from './errors.ts';
import { getKpis } from './kpis.ts';
import { midnightMs } from './midnight.ts';
import type { EventLog, Warehouse } from './ports.ts';

const kpiReaders: readonly Role[] = [Role.AGENT, Role.TEAM_LEAD, Role.QA, Role.TRAINER, Role.MANAGER, Role.ADMIN];
const warehouseReaders: readonly Role[] = [Role.MANAGER, Role.ADMIN];

function allow({ actor }: CallContext, roles: readonly Role[]): void {
  if (actor.kind !== 'service' && !actor.roles.some((role) => roles.includes(role))) throw analyticsError('ANALYTICS_NOT_ALLOWED');
}

/** What the calls need. */
export interface AnalyticsParts {
  warehouse: Warehouse;
  log: EventLog;
  clock: Clock;
  /** IANA time zone of a tenant. */
  timeZoneOf(tenant: string): string;
}

/** The calls of AnalyticsService. */
export function createAnalyticsHandlers({ warehouse, log, clock, timeZoneOf }: AnalyticsParts): RpcImplementation<typeof AnalyticsServiceDefinition> {
  return {
    async getKpis(request, context) {
      allow(context, kpiReaders);
      const nowMs = clock.nowMs();
      return getKpis(warehouse, request, { tenant: context.tenant, nowMs, midnightMs: midnightMs(nowMs, timeZoneOf(context.tenant)) });
    },
    async query(request, context) {
      allow(context, warehouseReaders);
      const maxRows = request.maxRows === 0 ? 1_000 : Math.min(10_000, Math.max(1, request.maxRows));
      const { columns, rows, truncated } = await warehouse.query(request.sql, { tenant: context.tenant, maxRows, signal: context.signal });
      return { columns, rowsJson: rows.map((row) => JSON.stringify(row)), truncated };
    },
    async getProgress(_request, context) {
      allow(context, warehouseReaders);
      const [progress, ends] = await Promise.all([warehouse.progress(), log.endOffsets()]);
      const partitions = [...ends].map(([place, endOffset]): PartitionProgress => {
        const [topic = '', partition = '0'] = place.split('/');
        return { topic, partition: Number(partition), nextOffset: BigInt(progress.offsets.get(place) ?? 0), endOffset: BigInt(endOffset) };
      });
      return { log: log.kind, partitions, facts: BigInt(progress.facts), duplicates: BigInt(progress.duplicates) };
    },
  };
}
