import type { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import type { Party } from '@patchbay/contracts/contact/v1/contact';
import type { Content } from '@patchbay/contracts/message/v1/content';
import { MessageExpired, MessageFailed, MessageOutcomeUnknown, MessageSent } from '@patchbay/contracts/message/v1/message_event';
import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import { createKeyedQueue } from '@patchbay/runtime/keyed-queue';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { ChannelManifest } from './channel-adapter.ts';
import { contactView, hasWindow, type ContactState } from './contact-state.ts';
import { draft, type ContactStore, type FactDraft } from './contact-store.ts';
import { factId, type ContactWriter } from './contact-writer.ts';
import { degrade, type Degraded, type DegradeOptions } from './degrade.ts';
import type { Centre } from './entry-points.ts';
import { channelError } from './errors.ts';
import { channelMetrics } from './metrics.ts';
import type { DeliveryOutcome, PlatformCalls } from './platform-calls.ts';
import type { ThreadTable } from './thread-table.ts';
import { canSend } from './window-ledger.ts';

/** A message of ours on its way out. */
export interface OutboundMessage {
  readonly tenant: string;
  readonly contactId: string;
  readonly commandId: string;
  readonly content: readonly Content[];
  readonly by: Party;
  readonly agentId: string;
  /** Whether a poorer form will do. */
  readonly degrade: boolean;
  readonly notAfterMs: number | undefined;
}

/** Sends messages: each command ends in exactly one of sent, failed, expired and unknown. */
export interface Sender {
  /** Resolves when the outcome is a fact. CHANNEL_UNKNOWN_CONTACT when the contact is not one of this channel. */
  send(message: OutboundMessage): Promise<void>;
  /** Runs something after the messages of the contact that are on their way. */
  after<Value>(contactId: string, task: () => Promise<Value>): Promise<Value>;
  idle(): Promise<void>;
}

/** What sending stands on. */
export interface SenderDependencies {
  readonly manifest: ChannelManifest;
  readonly store: ContactStore;
  readonly writer: ContactWriter;
  readonly threads: ThreadTable;
  readonly centre: Centre;
  readonly calls: PlatformCalls;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly stopping: AbortSignal;
  readonly linkTo: DegradeOptions['linkTo'];
}

/** What is decided before the platform is called. */
type Plan = { readonly kind: 'done' } | { readonly kind: 'call'; readonly shown: Degraded; readonly contact: ContactState } | { readonly kind: 'refused'; readonly outcome: DeliveryOutcome };

const appendBackoff = { firstMs: 100, limitMs: 5_000 };

function failed(code: string): Plan {
  return { kind: 'refused', outcome: { kind: 'failed', code, platformCode: '' } };
}

/** What may go out now, from what is known. Pure. */
export function planMessage(manifest: ChannelManifest, contact: ContactState, message: OutboundMessage, options: DegradeOptions & { nowMs: number }): Plan {
  if (contact.ended !== undefined) return failed('CHANNEL_CONTACT_ENDED');
  if (message.notAfterMs !== undefined && options.nowMs > message.notAfterMs) return { kind: 'refused', outcome: { kind: 'expired', code: 'not_after' } };
  const shown = degrade(message.content, manifest.capabilities satisfies Capabilities, { ...options, language: contact.attributes['language'] });
  if (shown.content.length === 0 || (!message.degrade && shown.degradations.length > 0)) return failed('CHANNEL_CANNOT_SHOW');
  if (hasWindow(manifest)) {
    const window = canSend(contact.ledger, options.nowMs);
    const needed = manifest.grouping === 'each' ? shown.content.length : 1;
    if (window.kind !== 'open') return { kind: 'refused', outcome: { kind: 'expired', code: window.kind } };
    if (window.left < needed) return { kind: 'refused', outcome: { kind: 'expired', code: 'quota_used' } };
  }
  return { kind: 'call', shown, contact };
}

/** The fact that says how a message ended. Its id comes from the command, so a second one is refused by the bus. */
function outcomeFact(contact: ContactState, message: OutboundMessage, outcome: DeliveryOutcome, shown: Degraded | undefined): FactDraft {
  const { contactId, commandId, agentId } = message;
  const messageId = factId('message', contactId, commandId);
  const id = factId('outcome', contactId, commandId);
  switch (outcome.kind) {
    case 'sent':
      return draft(MessageSent, {
        id,
        causationId: commandId,
        event: {
          contactId,
          messageId,
          commandId,
          by: message.by,
          agentId,
          content: [...(shown?.content ?? [])],
          degradations: [...(shown?.degradations ?? [])],
          platformMessageId: outcome.platformMessageIds[0] ?? '',
          sequence: BigInt(contact.messageCount + 1),
        },
      });
    case 'failed':
      return draft(MessageFailed, { id, causationId: commandId, event: { contactId, messageId, commandId, code: outcome.code, platformCode: outcome.platformCode, agentId } });
    case 'expired':
      return draft(MessageExpired, { id, causationId: commandId, event: { contactId, messageId, commandId, code: outcome.code } });
    case 'unknown':
      return draft(MessageOutcomeUnknown, { id, causationId: commandId, event: { contactId, messageId, commandId, code: outcome.code } });
  }
}

/** Creates the outbound pipeline. */
export function createSender(dependencies: SenderDependencies): Sender {
  const { manifest, store, writer, threads, centre, calls, clock, stopping } = dependencies;
  const queue = createKeyedQueue();
  const outcomes = dependencies.metrics.counter(channelMetrics.channel_outbound_total);

  function plan(message: OutboundMessage): Promise<Plan> {
    return writer.alone(message.contactId, async () => {
      const contact = await store.load(message.tenant, message.contactId);
      await store.refresh(contact);
      if (contact.started?.channel !== manifest.channel) throw channelError('CHANNEL_UNKNOWN_CONTACT', { details: { contactId: message.contactId } });
      if ((await store.findOutcome(contact, message.commandId)) !== undefined) return { kind: 'done' };
      return planMessage(manifest, contact, message, { nowMs: clock.nowMs(), ...(dependencies.linkTo === undefined ? {} : { linkTo: dependencies.linkTo }) });
    });
  }

  async function indexMessages(contact: ContactState, message: OutboundMessage, platformMessageIds: readonly string[]): Promise<void> {
    const { started, tenant, contactId } = contact;
    const entry = started === undefined ? undefined : centre.entryPointByName(tenant, started.entryPoint);
    if (!manifest.indexMessages || started === undefined || entry === undefined) return;
    const place = { tenant, channel: manifest.channel, account: entry.address };
    const answered = contact.lastReceived === undefined ? undefined : await threads.getMessage(place, contact.lastReceived.platformMessageId);
    for (const platformMessageId of platformMessageIds.filter((id) => id !== '')) {
      await threads.putMessage(place, platformMessageId, {
        thread: answered?.thread ?? started.customer.address,
        contactId,
        conversationId: started.conversationId,
        customerAddress: started.customer.address,
        messageId: factId('message', contactId, message.commandId),
      });
    }
  }

  /**
   * Stores the outcome however long the bus is away: the message may be at the customer already, and calling the platform
   * again because of a bus fault would double it.
   */
  async function settle(message: OutboundMessage, outcome: DeliveryOutcome, shown: Degraded | undefined): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await writer.change(message, async (contact) => {
          if ((await store.findOutcome(contact, message.commandId)) !== undefined) return [];
          if (outcome.kind === 'sent') await indexMessages(contact, message, outcome.platformMessageIds);
          return [outcomeFact(contact, message, outcome, shown)];
        });
        outcomes.inc({ channel: manifest.channel, outcome: outcome.kind });
        return;
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (!error.retryable) throw error;
        await sleep(clock, backoffMs(appendBackoff, attempt), stopping).catch(() => {
          throw channelError('CHANNEL_STOPPING', { cause: error });
        });
      }
    }
  }

  async function sendNow(message: OutboundMessage): Promise<void> {
    const planned = await plan(message);
    if (planned.kind === 'done') return;
    if (planned.kind === 'refused') {
      await settle(message, planned.outcome, undefined);
      return;
    }
    const { shown, contact } = planned;
    const view = contactView(contact);
    if (view === undefined) throw channelError('CHANNEL_UNKNOWN_CONTACT', { details: { contactId: message.contactId } });
    const outcome = await calls.deliver({
      commandId: message.commandId,
      calls: manifest.grouping === 'whole' ? [shown.content] : shown.content.map((part) => [part]),
      request: { contact: view, messageId: factId('message', message.contactId, message.commandId), by: message.by, agentId: message.agentId },
      notAfterMs: message.notAfterMs,
      stopping,
    });
    await settle(message, outcome, shown);
  }

  return {
    send: (message) => queue.run(message.contactId, () => sendNow(message)),
    after: (contactId, task) => queue.run(contactId, task),
    idle: () => queue.idle(),
  };
}
