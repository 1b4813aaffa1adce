import type { EventType } from '@patchbay/contracts/event-types';
import type { BusConnection } from './connection.ts';
import { ensureConsumer, joinConsumptions, pinnedConsumerConfig, runPinnedConsumer, type Consumption } from './consumption.ts';
import { decodeFact, isEventType, type AnyFact } from './fact.ts';
import type { HandlerContext } from './handle-message.ts';
import { factFilters, partitionCount, type Domain } from './subjects.ts';
import { headerNames, streams } from './topology.ts';

/** What to consume and how. */
export interface ConsumeFactsOptions {
  /** Distinguishes several consumptions of one service; default `facts`. Durable names are `<service>-<consumer>-<partition>`. */
  consumer?: string;
  domains: readonly Domain[];
  /** Only facts of this tenant; default all. Goes with a `consumer` of its own. */
  tenant?: string;
  /** Only these types reach the handler; default all of the domains. */
  types?: readonly EventType[];
  /**
   * Handles one fact; resolving acknowledges it. At least once: the handler must bear the same fact again.
   * Facts of one partition come one at a time and in order, so all of one contact's facts do; with `inFlight` those of one
   * aggregate do, and those of others side by side.
   */
  handle(fact: AnyFact, context: HandlerContext): Promise<void>;
  /** Facts of a partition in hand at once. Default: one. */
  inFlight?: number;
  /** Where a new durable begins: with everything the stream keeps, or with what comes now. Default `all`. */
  startAt?: 'all' | 'new';
  /**
   * Aborts handlers in hand, whose facts then stay unacknowledged and go to whoever consumes next. For a writer that
   * lost its lease: abort, then `stop()`.
   */
  signal?: AbortSignal;
  /** Takes the consumers from whoever has them at once: for the new holder of a lease. Default: waits for the server to move them. */
  seize?: boolean;
}

/** Shorter than any lease: what a stopped holder asked for is over when the next one seizes its consumers. */
const seizablePullMs = 1_000;

/**
 * Consumes facts of all tenants, or one, with one durable consumer a partition, each pinned to one replica of the service with
 * fail-over by the server within about four seconds. An AppError that is retryable is tried again in place; one that is
 * not, or the eighth failure, moves the message to the dead letters; `unavailable` is waited out.
 */
export async function consumeFacts(connection: BusConnection, options: ConsumeFactsOptions): Promise<Consumption> {
  // A consumer that may be seized has to find what the one before had in hand, so it has a window, if only of one.
  const inFlight = options.inFlight ?? (options.seize === true ? 1 : undefined);
  const wanted = options.types === undefined ? undefined : new Set<string>(options.types);
  const parts = await Promise.all(
    Array.from({ length: partitionCount }, async (_, partition) => {
      const durable = `${connection.name}-${options.consumer ?? 'facts'}-${partition}`;
      const { subject, wants } = factFilters(options.domains, { partition, ...(options.tenant === undefined ? {} : { tenant: options.tenant }) });
      const filters = [subject];
      const config = { deliver_policy: options.startAt === 'new' ? ('new' as const) : ('all' as const) };
      await ensureConsumer(connection, streams.events.name, pinnedConsumerConfig({ durable, filters, config, inFlight }, connection.replicas));
      return runPinnedConsumer(connection, {
        stream: streams.events.name,
        durable,
        filters,
        inFlight,
        seize: options.seize,
        signal: options.signal,
        pullExpiresMs: options.seize === true ? seizablePullMs : undefined,
        wants(message) {
          if (!wants(message.subject)) return false;
          const type = message.headers?.get(headerNames.type) ?? '';
          // Types of a newer writer are not ours to handle; they stay in the stream for whoever knows them.
          return isEventType(type) ? wanted === undefined || wanted.has(type) : type === '';
        },
        handle: async (message, context) => options.handle(decodeFact(message, message.seq), context),
      });
    }),
  );
  return joinConsumptions(parts);
}
