import type { BusConnection } from '@patchbay/bus/connection';
import type { Consumption } from '@patchbay/bus/consumption';
import { consumeFactBatches } from '@patchbay/bus/consume-fact-batches';
import { domains } from '@patchbay/bus/subjects';
import { factRange } from '@patchbay/bus/watch-facts';
import { toLogRecord } from '../bus-to-log.ts';
import type { EventLog, Offsets } from '../ports.ts';

/** Feeds the warehouse from the bus itself, where there is no Kafka: the stream sequence is the offset. */
export function createJetStreamLog(bus: BusConnection): EventLog {
  let consumption: Consumption | undefined;
  return {
    kind: 'jetstream',
    async feed(_from, store) {
      consumption = await consumeFactBatches(bus, {
        consumer: 'warehouse',
        domains,
        maxBatch: 500,
        handle: (facts) => store(facts.map((fact) => ({ ...toLogRecord(fact), offset: fact.sequence }))),
      });
    },
    async endOffsets(): Promise<Offsets> {
      return new Map([['EVENTS/0', (await factRange(bus)).last + 1]]);
    },
    async stop() {
      await consumption?.stop();
    },
  };
}
