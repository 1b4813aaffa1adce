import type { Clock } from '@patchbay/runtime/clock';
import { sipError } from '../errors.ts';
import type { SipMessage } from '../message/message.ts';
import { parseMessage } from '../message/parse-message.ts';
import type { Hop, SipTransport, TransportProtocol, TransportReceiver } from '../transport/transport.ts';

/** One message that was on the wire. */
export interface Delivery {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  /** Start line, e.g. `INVITE` or `200 INVITE`. */
  readonly what: string;
  readonly text: string;
  readonly lost: boolean;
}

/** A peer that speaks in plain text. */
export interface ScriptedPeer {
  readonly address: string;
  readonly port: number;
  send(text: string, to: { readonly address: string; readonly port: number }): void;
  /** What came in so far, oldest first. */
  readonly inbox: SipMessage[];
  /** Takes and returns the oldest message of this kind (`200 INVITE`, `BYE`); fails when there is none. */
  take(what: string): SipMessage;
}

/** A network in virtual time: every message takes `delayMs`; what is dropped is told to nobody. */
export interface VirtualNetwork {
  transport(protocol: TransportProtocol, address: string, port: number): SipTransport;
  peer(address: string, port?: number): ScriptedPeer;
  /** Set to lose messages. */
  lose: (delivery: Omit<Delivery, 'lost'>) => boolean;
  readonly deliveries: Delivery[];
  /** How often a kind of message was put on the wire. */
  count(what: string): number;
}

const delayMs = 5;

/** `INVITE`, `200 INVITE`, or `?` for what cannot be read. */
function whatIs(bytes: Uint8Array): string {
  try {
    const message = parseMessage(bytes);
    return message.kind === 'request' ? message.method : `${message.status} ${message.core.cseq.method}`;
  } catch {
    // Faulty messages are put on the wire on purpose.
    return '?';
  }
}

/** Makes an empty network. */
export function createVirtualNetwork(clock: Clock): VirtualNetwork {
  const receivers = new Map<string, (bytes: Uint8Array, from: { address: string; port: number }) => void>();
  const deliveries: Delivery[] = [];
  const keyOf = (protocol: string, address: string, port: number) => `${protocol} ${address} ${port}`;

  function carry(protocol: string, bytes: Uint8Array, from: { address: string; port: number }, to: { address: string; port: number }): void {
    const delivery = {
      atMs: clock.monotonicMs(),
      from: `${from.address}:${from.port}`,
      to: `${to.address}:${to.port}`,
      what: whatIs(bytes),
      text: Buffer.from(bytes).toString('utf8'),
    };
    const lost = network.lose(delivery);
    deliveries.push({ ...delivery, lost });
    if (lost) return;
    clock.setTimer(delayMs, () => receivers.get(keyOf(protocol, to.address, to.port))?.(Uint8Array.from(bytes), from));
  }

  function transport(protocol: TransportProtocol, address: string, port: number): SipTransport {
    const local = { address, port };
    let open = false;
    return {
      protocol,
      reliable: protocol === 'TCP',
      listen(receiver: TransportReceiver) {
        open = true;
        receivers.set(keyOf(protocol, address, port), (bytes, from) => {
          receiver.received(bytes, { protocol, ...from, local });
        });
        return Promise.resolve();
      },
      local: () => local,
      send(bytes, to: Hop, failed) {
        if (open) carry(protocol, bytes, local, to);
        else queueMicrotask(() => { failed(sipError('SIP_CLOSED')); });
      },
      close() {
        open = false;
        receivers.delete(keyOf(protocol, address, port));
        return Promise.resolve();
      },
    };
  }

  function peer(address: string, port = 5060): ScriptedPeer {
    const inbox: SipMessage[] = [];
    receivers.set(keyOf('UDP', address, port), (bytes) => {
      inbox.push(parseMessage(bytes));
    });
    return {
      address,
      port,
      inbox,
      send: (text, to) => { carry('UDP', Buffer.from(text, 'utf8'), { address, port }, to); },
      take(what) {
        const index = inbox.findIndex((message) => what === (message.kind === 'request' ? message.method : `${message.status} ${message.core.cseq.method}`));
        const [found] = index === -1 ? [] : inbox.splice(index, 1);
        if (found === undefined) throw new Error(`no ${what} among ${inbox.map((one) => (one.kind === 'request' ? one.method : one.status)).join(', ')}`);
        return found;
      },
    };
  }

  const network: VirtualNetwork = {
    transport,
    peer,
    lose: () => false,
    deliveries,
    count: (what) => deliveries.filter((one) => one.what === what).length,
  };
  return network;
}
