import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { SipEndpoint } from '@patchbay/sip/endpoint';
import type { CentreView, PhoneDialer } from '../../ports.ts';
import { liveBindings, type RegistrationStore } from '../../registrations.ts';
import { failLater, ringAll } from './ring-all.ts';

/** What dialling needs. */
export interface PhoneDialerOptions {
  readonly endpoint: SipEndpoint;
  readonly registrations: RegistrationStore;
  readonly centre: CentreView;
  readonly clock: Clock;
  readonly log: Logger;
  /** This gateway, to know which connections are its own. */
  readonly instance: string;
  /** Host part of our From. */
  readonly host: string;
}

const mostPhones = 4;

/** Calls agents on the phones they registered. */
export function createSipPhoneDialer(options: PhoneDialerOptions): PhoneDialer {
  const { registrations, centre, clock } = options;
  return {
    dial(call) {
      const sipUsername = centre.agent(call.tenant, call.agentId)?.sipUsername ?? '';
      const bindings = liveBindings(registrations.find(call.tenant, sipUsername), clock.nowMs()).toSorted((left, right) => right.expiresAtMs - left.expiresAtMs);
      const code = sipUsername === '' ? 'VOICE_NO_PHONE' : 'VOICE_PHONE_UNREGISTERED';
      if (sipUsername === '' || bindings.length === 0) return failLater(call.listener, code);
      const chosen = bindings.slice(0, mostPhones);
      const { host, instance } = options;
      const { contactId, callerName, callerNumber } = call;
      const shown = callerName.replaceAll(/["\\\r\n]/g, '');
      return ringAll(options, {
        ...call,
        from: `${shown === '' ? '' : `"${shown}" `}<sip:${callerNumber || 'anonymous'}@${host}>`,
        to: `sip:${sipUsername}@${host}`,
        remote: `sip:${sipUsername}@${chosen[0]?.hop.address ?? ''}`,
        headers: [{ name: 'x-patchbay-contact', value: contactId }],
        party: 'agent',
        branches: chosen.map((binding) => {
          const { connection, ...hop } = binding.hop;
          return { target: binding.uri, hop: connection !== undefined && binding.instance === instance ? { ...hop, connection } : hop };
        }),
      });
    },
  };
}
