import type { SlaPolicy } from '@patchbay/contracts/directory/v1/resource';
import { SlaKind } from '@patchbay/contracts/routing/v1/routing_event';

/** What a policy promises, and to whom. */
export interface SlaPromise {
  readonly name: string;
  /** Empty for all. */
  readonly queues: ReadonlySet<string>;
  /** Empty for all. */
  readonly channels: ReadonlySet<string>;
  readonly minCustomerValue: number;
  /** Open time by kind, milliseconds; 0 for no promise. */
  readonly limitsMs: Readonly<Partial<Record<SlaKind, number>>>;
  /** Empty for the hours of the contact's queue. */
  readonly hours: string;
  readonly countsCustomerTime: boolean;
  readonly botsAnswer: boolean;
}

function toPromise(name: string, policy: SlaPolicy): SlaPromise {
  return {
    name,
    queues: new Set(policy.queues),
    channels: new Set(policy.channels),
    minCustomerValue: policy.minCustomerValue,
    limitsMs: {
      [SlaKind.FIRST_RESPONSE]: policy.firstResponseSeconds * 1_000,
      [SlaKind.NEXT_RESPONSE]: policy.nextResponseSeconds * 1_000,
      [SlaKind.RESOLUTION]: policy.resolutionSeconds * 1_000,
    },
    hours: policy.hours,
    countsCustomerTime: policy.countsCustomerTime,
    botsAnswer: policy.botsAnswer,
  };
}

/** The promises with one of them applied, or removed: those for the most valued customers first, then by name. */
export function withPromise(promises: readonly SlaPromise[], name: string, policy: SlaPolicy | undefined): SlaPromise[] {
  const others = promises.filter((one) => one.name !== name);
  const all = policy === undefined ? others : [...others, toPromise(name, policy)];
  return all.sort((left, right) => right.minCustomerValue - left.minCustomerValue || (left.name < right.name ? -1 : 1));
}

/** What a contact is promised; undefined for nothing. */
export function promiseFor(promises: readonly SlaPromise[], contact: { queue: string; channel: string; customerValue: number }): SlaPromise | undefined {
  return promises.find(
    ({ queues, channels, minCustomerValue }) =>
      contact.customerValue >= minCustomerValue && (queues.size === 0 || queues.has(contact.queue)) && (channels.size === 0 || channels.has(contact.channel)),
  );
}
