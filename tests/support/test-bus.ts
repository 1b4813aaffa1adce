import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { BusConnection } from '@patchbay/bus/connection';
import type { Consumption } from '@patchbay/bus/consumption';
import { connectTestBus } from '@patchbay/testkit/bus';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';

/** What runs while the tests of a file do, and what is undone after each of them. */
export const running = {} as { nats: TestNats; bus: BusConnection };
export const cleanups: (() => Promise<unknown> | void)[] = [];

/** Gives the tests of a file one NATS server, and a connection under this name. */
export function useTestBus(name: string): void {
  beforeAll(async () => {
    running.nats = await startNats();
    running.bus = await connectTestBus(running.nats.url, name);
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  afterAll(async () => {
    await running.bus.drain();
    await running.nats.stop();
  });
}

/** A connection of another service, for one test. */
export async function service(name: string): Promise<BusConnection> {
  const connection = await connectTestBus(running.nats.url, name);
  cleanups.push(() => connection.drain());
  return connection;
}

/** A consumption that ends with its test. */
export function started(consumption: Consumption): Consumption {
  cleanups.push(() => consumption.stop());
  return consumption;
}
