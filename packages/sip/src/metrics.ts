import { defineMetrics } from '@patchbay/runtime/metric-table';
import { sipErrors } from './errors.ts';

const protocols = ['UDP', 'TCP'] as const;
const methods = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'INFO', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'MESSAGE', 'UPDATE', 'PRACK', 'PUBLISH'] as const;
const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'] as const;

/** Metrics of the SIP stack. */
export const sipMetrics = defineMetrics({
  sip_calls: { kind: 'gauge', help: 'SIP calls in any state before their end' },
  sip_messages_received_total: { kind: 'counter', help: 'SIP messages that came in, by method or class of status', labels: { protocol: protocols, kind: [...methods, ...statusClasses, 'other'] } },
  sip_messages_sent_total: { kind: 'counter', help: 'SIP messages that went out', labels: { protocol: protocols } },
  sip_messages_malformed_total: { kind: 'counter', help: 'SIP messages that could not be read', labels: { code: Object.keys(sipErrors) } },
  sip_messages_stray_total: { kind: 'counter', help: 'SIP messages that belong to nothing we know' },
  sip_messages_dropped_total: { kind: 'counter', help: 'SIP messages dropped unread because of their source' },
  sip_requests_overloaded_total: { kind: 'counter', help: 'SIP requests refused with 503 to protect the process' },
  sip_faults_total: { kind: 'counter', help: 'Faults of the stack or its handlers while handling a SIP message' },
});
