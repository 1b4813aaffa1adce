import { createHash } from 'node:crypto';
import { SpanKind, context, trace } from '@opentelemetry/api';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { MessageDelivered, MessageFailed, MessageRead } from '@patchbay/contracts/message/v1/message_event';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { contextOf, inSpan } from '@patchbay/runtime/spans';
import type { ChannelAdapter, ChannelHost, InboundMessage, Receipt, Received } from './channel-adapter.ts';
import type { ChannelBus } from './channel-bus.ts';
import { contactView, type CommandOutcome, type ContactState } from './contact-state.ts';
import { draft, type ContactStore, type FactDraft } from './contact-store.ts';
import { factId, type ContactWriter } from './contact-writer.ts';
import type { Centre } from './entry-points.ts';
import { channelError } from './errors.ts';
import type { AccountPlace } from './keys.ts';
import type { MessageTaking } from './message-taking.ts';
import { channelMetrics } from './metrics.ts';
import type { Receiver } from './receive.ts';
import type { ThreadTable } from './thread-table.ts';

/** What the host stands on. */
export interface HostDependencies<Raw> {
  readonly adapter: ChannelAdapter<Raw>;
  readonly bus: ChannelBus;
  readonly centre: Centre;
  readonly store: ContactStore;
  readonly writer: ContactWriter;
  readonly threads: ThreadTable;
  readonly receiver: Receiver;
  readonly messages: Pick<MessageTaking, 'close' | 'keepsMessage'>;
  readonly secrets: { get(entryPoint: { tenant: string; name: string }): Promise<Readonly<Record<string, string>>> };
  readonly setHealth: (condition: string, holds: boolean) => void;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const receiptRanks: Readonly<Record<CommandOutcome['kind'], number>> = { unknown: 0, sent: 1, delivered: 2, read: 3, failed: 4, expired: 4 };

/** The fact of a receipt, when it says more than what is known. `failed` counts only while nothing better than sent is known. */
function receiptFact(contact: ContactState, commandId: string, known: CommandOutcome, receipt: Receipt): FactDraft | undefined {
  const { contactId } = contact;
  const { messageId } = known;
  const id = factId(`receipt-${receipt.state}`, contactId, messageId);
  if (receipt.state === 'failed') {
    if (receiptRanks[known.kind] > receiptRanks.sent) return undefined;
    return draft(MessageFailed, {
      id,
      event: { contactId, messageId, commandId, code: receipt.code ?? '', platformCode: receipt.platformCode ?? '', agentId: '' },
    });
  }
  if (receiptRanks[known.kind] >= receiptRanks[receipt.state]) return undefined;
  return draft(receipt.state === 'read' ? MessageRead : MessageDelivered, { id, event: { contactId, messageId } });
}

/** Builds what the adapter is given. */
export function createHost<Raw>(dependencies: HostDependencies<Raw>): ChannelHost<Raw> {
  const { adapter, bus, centre, store, writer, threads, receiver, messages, log, metrics, clock, ids } = dependencies;
  const { channel } = adapter.manifest;
  const inbound = metrics.counter(channelMetrics.channel_inbound_total);
  const seconds = metrics.histogram(channelMetrics.channel_receive_seconds);

  function placeOf(account: string): AccountPlace | undefined {
    const entry = centre.entryPoint(account);
    return entry === undefined ? undefined : { tenant: entry.tenant, channel, account: entry.address };
  }

  async function receive(message: InboundMessage): Promise<Received> {
    const startedMs = clock.monotonicMs();
    const parent = message.traceparent === undefined ? context.active() : contextOf(message.traceparent);
    // The span of the delivery around it is the server's; a message that the adapter pushes has none around it.
    const kind = trace.getSpan(parent) === undefined ? SpanKind.SERVER : SpanKind.INTERNAL;
    return inSpan(`receive ${channel}`, { kind, attributes: { 'patchbay.channel': channel }, parent }, async (span) => {
      try {
        const received = await receiver.receive(message);
        inbound.inc({ channel, outcome: received.kind });
        seconds.observe({ channel }, (clock.monotonicMs() - startedMs) / 1000);
        if (received.kind !== 'ignored') span.setAttribute('patchbay.contact_id', received.contactId);
        return received;
      } catch (thrown) {
        const error = AppError.from(thrown);
        inbound.inc({ channel, outcome: error.retryable ? 'failed' : 'refused' });
        throw error;
      }
    });
  }

  async function deliver(raw: Raw): Promise<readonly Received[]> {
    if (adapter.decode === undefined) throw channelError('CHANNEL_BAD_MANIFEST', { details: { field: 'decode', problem: 'is missing' } });
    let messages: readonly InboundMessage[];
    try {
      messages = await adapter.decode(raw);
    } catch (thrown) {
      inbound.inc({ channel, outcome: 'refused' });
      throw AppError.from(thrown);
    }
    const received: Received[] = [];
    for (const message of messages) received.push(await receive(message));
    return received;
  }

  return {
    log,
    metrics,
    clock,
    ids,
    receive,
    deliver: (raw) => inSpan(`deliver ${channel}`, { kind: SpanKind.SERVER, attributes: { 'patchbay.channel': channel } }, () => deliver(raw)),
    async reportReceipt(receipt) {
      const place = placeOf(receipt.account);
      const match = place === undefined ? undefined : await threads.getMessage(place, receipt.platformMessageId);
      if (place === undefined || match === undefined) return;
      await writer.change({ tenant: place.tenant, contactId: match.contactId }, (contact) => {
        const found = [...contact.outcomes].find(([, outcome]) => outcome.messageId === match.messageId);
        const fact = found === undefined ? undefined : receiptFact(contact, found[0], found[1], receipt);
        return fact === undefined ? [] : [fact];
      });
    },
    async customerLeft(place) {
      if (!(await messages.keepsMessage(place))) await writer.end(place, { by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT });
    },
    messageLeft: (place) => messages.close(place),
    async currentContact({ account, thread }) {
      const place = placeOf(account);
      const stored = place === undefined ? undefined : await threads.getThread(place, thread);
      if (stored === undefined) return undefined;
      const contact = await writer.alone(stored.value.contactId, () => store.load(stored.value.tenant, stored.value.contactId));
      const view = contactView(contact);
      return view === undefined ? undefined : { ...view, ended: contact.ended !== undefined };
    },
    async findThread({ account, platformMessageIds }) {
      const place = placeOf(account);
      if (place === undefined) return undefined;
      for (const id of platformMessageIds.toReversed().slice(0, 50)) {
        const match = await threads.getMessage(place, id);
        if (match !== undefined) return { thread: match.thread, contactId: match.contactId, conversationId: match.conversationId, customerAddress: match.customerAddress };
      }
      return undefined;
    },
    entryPoint: (account) => centre.entryPoint(account),
    entryPointByName: (tenant, name) => centre.entryPointByName(tenant, name),
    entryPoints: () => centre.entryPoints(),
    onEntryPointChange: (callback) => {
      centre.onEntryPointChange(callback);
    },
    secrets: (entryPoint) => dependencies.secrets.get(entryPoint),
    storeObject(tenant, bytes, { mime, name = '' }) {
      // The name is the hash: the same bytes of a redelivery are stored once.
      const hash = createHash('sha256').update(bytes).digest('hex');
      return bus.putObject(`${tenant}/${channel}/${hash}`, bytes, { mime, name });
    },
    loadObject: ({ object }) => bus.getObject(object),
    setHealth: dependencies.setHealth,
  };
}
