import type { AdapterUnderTest } from './adapter-under-test.ts';
import type { ConformanceHarness, ReplicaUnderTest } from './harness.ts';

/** What one check gets. */
export interface CheckContext<Raw> {
  readonly subject: AdapterUnderTest<Raw>;
  /** A fresh centre for this check alone. */
  readonly harness: ConformanceHarness<Raw>;
}

/** One check of the run: gives its evidence, throws when something does not hold, or says why it does not apply. */
export interface Check {
  readonly id: number;
  readonly title: string;
  run<Raw>(context: CheckContext<Raw>): Promise<string | Skip>;
}

/** The check does not apply to this adapter. */
export interface Skip {
  readonly skip: string;
}

/** Fails the check with what was seen. */
export function demand(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new Error(seen);
}

/** Starts a replica, delivers one text and assigns the contact; gives both. */
export async function connectedContact<Raw>(harness: ConformanceHarness<Raw>): Promise<{ replica: ReplicaUnderTest<Raw>; contactId: string }> {
  const replica = await harness.start();
  await replica.deliver(await harness.text({ id: '1001', from: 'customer', text: 'hello' }));
  const [contactId = ''] = harness.contacts();
  await harness.assign(contactId);
  return { replica, contactId };
}
