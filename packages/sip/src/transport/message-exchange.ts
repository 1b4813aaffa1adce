import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import { sipError } from '../errors.ts';
import type { HeaderField, SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { parseMessage } from '../message/parse-message.ts';
import { reasonPhrase } from '../message/reason-phrases.ts';
import { salvageRequest } from '../message/salvage-request.ts';
import type { Via } from '../message/via.ts';
import { writeHead } from '../message/write-message.ts';
import type { SipCounters } from '../sip-counters.ts';
import { bareHost, bracketedHost, responseRoute, stampVia } from './response-route.ts';
import type { Hop, PacketSource, SipTransport, TransportProtocol } from './transport.ts';

/** A request as it came in: its Via stamped, and where its answers go. */
export interface InboundRequest {
  readonly request: SipRequest;
  readonly source: PacketSource;
  readonly replyTo: PacketSource;
}

/** Who takes well-formed messages. */
export interface MessageReceiver {
  request(inbound: InboundRequest): void;
  response(response: SipResponse, source: PacketSource): void;
}

/** Called when a message is known not to have left. */
export type SendFailed = (error: AppError) => void;

/** Messages out and in over all transports (RFC 3261 section 18). */
export interface MessageExchange {
  start(receiver: MessageReceiver): Promise<void>;
  bound(): readonly { readonly protocol: TransportProtocol; readonly address: string; readonly port: number }[];
  /** Whether there is a transport of ours for this hop. */
  canReach(hop: Hop): boolean;
  /** Whether the transport for this hop repeats by itself. */
  isReliable(hop: Hop): boolean;
  /** Our Via for a message by this hop, asking for rport over UDP (RFC 3581 section 3). Throws SIP_TRANSPORT_FAILED without a transport for it. */
  viaFor(hop: Hop, branch: string): Via;
  /** Our host and port as the other side of this hop should reach us. */
  reachableAt(hop: Hop): { readonly host: string; readonly port: number };
  send(bytes: Uint8Array, hop: Hop, failed: SendFailed): void;
  /** Answers without keeping anything. */
  refuse(request: { readonly headers: readonly HeaderField[] }, replyTo: PacketSource, status: number, headers?: readonly HeaderField[]): void;
  close(): Promise<void>;
}

/** What an exchange is made of. */
export interface MessageExchangeOptions {
  readonly transports: readonly SipTransport[];
  readonly advertisedHost: string | undefined;
  /** Whether a message from there is read at all. */
  readonly admit: ((source: PacketSource) => boolean) | undefined;
  readonly log: Logger;
  readonly counters: SipCounters;
  /** To tag of answers that keep nothing: the same for all, so that a repeated request gets the same answer. */
  readonly statelessTag: string;
}

const echoed: ReadonlySet<string> = new Set(['via', 'from', 'to', 'call-id', 'cseq']);

/** The status that answers a message which cannot be read. */
function statusOf(error: AppError): number {
  if (error.code === 'SIP_BAD_VERSION') return 505;
  return error.code === 'SIP_MESSAGE_TOO_LARGE' ? 513 : 400;
}

/** Whether an address is IPv6; it is an address, so the colon tells. */
function isVersion6(address: string): boolean {
  return address.includes(':');
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Makes the exchange; nothing is bound before `start`. */
export function createMessageExchange(options: MessageExchangeOptions): MessageExchange {
  const { transports, counters, log } = options;

  function transportFor(hop: Hop & { readonly local?: PacketSource['local'] }): SipTransport | undefined {
    let fitting: SipTransport | undefined;
    for (const one of transports) {
      const local = one.local();
      if (one.protocol !== hop.protocol || isVersion6(local.address) !== isVersion6(hop.address)) continue;
      if (hop.local === undefined || (local.port === hop.local.port && local.address === hop.local.address)) return one;
      fitting ??= one;
    }
    return fitting;
  }

  function requireTransport(hop: Hop): SipTransport {
    const transport = transportFor(hop);
    if (transport === undefined) throw sipError('SIP_TRANSPORT_FAILED', { details: { protocol: hop.protocol, reason: 'no such transport' } });
    return transport;
  }

  function reachableAt(hop: Hop): { host: string; port: number } {
    const { address, port } = requireTransport(hop).local();
    return { host: options.advertisedHost ?? bracketedHost(address), port };
  }

  function isOurs(via: Via): boolean {
    return transports.some((one) => {
      const { address, port } = one.local();
      return (via.host === options.advertisedHost?.toLowerCase() || bareHost(via.host) === address) && (via.port ?? 5060) === port;
    });
  }

  function send(bytes: Uint8Array, hop: Hop, failed: SendFailed): void {
    const transport = transportFor(hop);
    if (transport === undefined) {
      queueMicrotask(() => {
        failed(sipError('SIP_TRANSPORT_FAILED', { details: { protocol: hop.protocol, reason: 'no such transport' } }));
      });
      return;
    }
    counters.sent(hop.protocol);
    transport.send(bytes, hop, failed);
  }

  function refuse(request: { readonly headers: readonly HeaderField[] }, replyTo: PacketSource, status: number, extra: readonly HeaderField[] = []): void {
    const headers = request.headers.filter((field) => echoed.has(field.name)).map((field) => tagged(field));
    const bytes = writeHead(`SIP/2.0 ${status} ${reasonPhrase(status)}`, [...headers, ...extra]);
    send(bytes, replyTo, (error) => {
      log.debug('an answer could not be sent', { code: error.code });
    });
  }

  function tagged(field: HeaderField): HeaderField {
    if (field.name !== 'to' || /;[ \t]*tag[ \t]*=/i.test(field.value)) return field;
    return { name: 'to', value: `${field.value};tag=${options.statelessTag}` };
  }

  function refuseMalformed(bytes: Uint8Array, source: PacketSource, error: AppError): void {
    counters.malformed(error.code);
    log.debug('refused a malformed SIP message', { code: error.code, details: error.details, protocol: source.protocol, personal: source.address });
    const salvaged = salvageRequest(bytes);
    if (salvaged !== undefined) refuse(salvaged, responseRoute(salvaged.via, source), statusOf(error));
  }

  function receiveResponse(response: SipResponse, source: PacketSource, receiver: MessageReceiver): void {
    // RFC 3261 sections 8.1.3.3 and 18.1.2: anything below our own Via is not for us.
    const vias = response.headers.filter((field) => field.name === 'via').length;
    if (vias !== 1 || !isOurs(response.core.via)) counters.stray();
    else receiver.response(response, source);
  }

  function read(bytes: Uint8Array, source: PacketSource): SipMessage | undefined {
    try {
      return parseMessage(bytes);
    } catch (thrown) {
      refuseMalformed(bytes, source, AppError.from(thrown));
      return undefined;
    }
  }

  function isAdmitted(source: PacketSource): boolean {
    if (options.admit === undefined || options.admit(source)) return true;
    counters.dropped();
    return false;
  }

  function receive(bytes: Uint8Array, source: PacketSource, receiver: MessageReceiver): void {
    if (!isAdmitted(source)) return;
    const message = read(bytes, source);
    if (message === undefined) return;
    counters.received(source.protocol, message);
    if (message.kind === 'response') receiveResponse(message, source, receiver);
    else receiver.request({ request: stampVia(message, source), source, replyTo: responseRoute(message.core.via, source) });
  }

  /** The last line of defence: a fault of ours costs one message, not the process's other calls. */
  function guarded(what: () => void): void {
    try {
      what();
    } catch (thrown) {
      counters.fault();
      log.error('a SIP message could not be handled', { error: AppError.from(thrown) });
    }
  }

  return {
    async start(receiver) {
      for (const transport of transports) {
        await transport.listen({
          received: (bytes, source) => {
            guarded(() => {
              receive(bytes, source, receiver);
            });
          },
          unframed: (head, source, fault) => {
            guarded(() => {
              if (isAdmitted(source)) refuseMalformed(head, source, fault);
            });
          },
        });
        if (options.advertisedHost === undefined && isWildcard(transport.local().address)) throw sipError('SIP_NO_ADVERTISED_HOST');
      }
    },
    bound: () => transports.map((one) => ({ protocol: one.protocol, ...one.local() })),
    canReach: (hop) => transportFor(hop) !== undefined,
    isReliable: (hop) => transportFor(hop)?.reliable ?? false,
    viaFor(hop, branch) {
      const { host, port } = reachableAt(hop);
      const parameters = new Map<string, string | undefined>([['branch', branch]]);
      if (hop.protocol === 'UDP') parameters.set('rport', undefined);
      return { transport: hop.protocol, host, port, branch, parameters };
    },
    reachableAt,
    send,
    refuse,
    async close() {
      await Promise.all(transports.map((one) => one.close()));
    },
  };
}
