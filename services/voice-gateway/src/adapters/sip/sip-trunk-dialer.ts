import type { Logger } from '@patchbay/runtime/logger';
import type { SipEndpoint } from '@patchbay/sip/endpoint';
import type { TrunkDialer } from '../../ports.ts';
import { ringAll } from './ring-all.ts';

/** What dialling over a trunk needs. */
export interface TrunkDialerOptions {
  readonly endpoint: SipEndpoint;
  readonly log: Logger;
  /** Host part of our From. */
  readonly host: string;
}

/** Calls customers over a trunk that knows the gateway by its address. */
export function createSipTrunkDialer({ endpoint, log, host }: TrunkDialerOptions): TrunkDialer {
  return {
    dial({ number, callerNumber, proxy, ...call }) {
      const from = `sip:${callerNumber || 'anonymous'}@${host}`;
      const target = `sip:${number}@${proxy}`;
      const headers = callerNumber === '' ? [] : [{ name: 'p-asserted-identity', value: `<${from}>` }];
      return ringAll({ endpoint, log }, { ...call, from: `<${from}>`, to: `<${target}>`, remote: target, headers, party: 'customer', branches: [{ target }] });
    },
  };
}
