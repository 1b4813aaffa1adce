import type { Metrics } from '@patchbay/runtime/metrics';
import type { SipMessage } from './message/message.ts';
import { sipMetrics } from './metrics.ts';
import type { TransportProtocol } from './transport/transport.ts';

/** What the stack counts. */
export interface SipCounters {
  received(protocol: TransportProtocol, message: SipMessage): void;
  sent(protocol: TransportProtocol): void;
  /** A message that cannot be read. @param code of the error */
  malformed(code: string): void;
  /** A well-formed message that belongs to nothing: an answer nobody waits for, an ACK or CANCEL for nothing. */
  stray(): void;
  /** A message dropped unread, its source not being admitted. */
  dropped(): void;
  /** A request refused to protect the process. */
  overloaded(): void;
  /** A fault of ours or of a handler. */
  fault(): void;
}

const knownMethods: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'INFO', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'MESSAGE', 'UPDATE', 'PRACK', 'PUBLISH']);

/** Methods and statuses in few enough words for a label. */
function labelOf(message: SipMessage): string {
  if (message.kind === 'response') return `${Math.floor(message.status / 100)}xx`;
  return knownMethods.has(message.method) ? message.method : 'other';
}

/** Counters as metrics; with none, nothing is counted. */
export function createSipCounters(metrics: Metrics | undefined): SipCounters {
  const received = metrics?.counter(sipMetrics.sip_messages_received_total);
  const sent = metrics?.counter(sipMetrics.sip_messages_sent_total);
  const malformed = metrics?.counter(sipMetrics.sip_messages_malformed_total);
  const strays = metrics?.counter(sipMetrics.sip_messages_stray_total);
  const dropped = metrics?.counter(sipMetrics.sip_messages_dropped_total);
  const overloaded = metrics?.counter(sipMetrics.sip_requests_overloaded_total);
  const faults = metrics?.counter(sipMetrics.sip_faults_total);
  return {
    received: (protocol, message) => received?.inc({ protocol, kind: labelOf(message) }),
    sent: (protocol) => sent?.inc({ protocol }),
    malformed: (code) => malformed?.inc({ code }),
    stray: () => strays?.inc(),
    dropped: () => dropped?.inc(),
    overloaded: () => overloaded?.inc(),
    fault: () => faults?.inc(),
  };
}
