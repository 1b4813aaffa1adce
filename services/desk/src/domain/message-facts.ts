import { MediaKind, type Content } from '@patchbay/contracts/message/v1/content';
import { Trust } from '@patchbay/contracts/message/v1/message_event';
import { partyView } from './contact-facts.ts';
import type { Change, FactHandlers, Story } from './story.ts';
import type { Delivery, MessageItem, MessagePart } from './views.ts';

const mediaKinds: Record<number, 'image' | 'audio' | 'video' | 'sticker'> = {
  [MediaKind.IMAGE]: 'image',
  [MediaKind.AUDIO]: 'audio',
  [MediaKind.VIDEO]: 'video',
  [MediaKind.STICKER]: 'sticker',
};

/** One part as the desk shows it; undefined for a part without a kind. */
function partView({ part }: Content): MessagePart | undefined {
  switch (part?.$case) {
    case 'text':
      return { kind: 'text', text: part.value.text };
    case 'html':
      return { kind: 'html', text: part.value.text };
    case 'media':
      return {
        kind: 'media',
        media: mediaKinds[part.value.kind] ?? 'file',
        object: part.value.object?.object ?? '',
        name: part.value.object?.name ?? '',
        mime: part.value.object?.mime ?? '',
        sizeBytes: Number(part.value.object?.sizeBytes ?? 0),
        caption: part.value.caption,
      };
    case 'location':
      return { kind: 'location', latitude: part.value.latitude, longitude: part.value.longitude, label: part.value.label };
    case 'link':
      return { kind: 'link', url: part.value.url, title: part.value.title, description: part.value.description };
    case 'choice':
      return { kind: 'choice', prompt: part.value.prompt, options: part.value.options.map((option) => option.label) };
    case 'choiceReply':
      return { kind: 'choice_reply', label: part.value.label === '' ? part.value.id : part.value.label };
    case 'system':
      return { kind: 'system', code: part.value.code };
    case 'unsupported':
      return { kind: 'unsupported', text: part.value.text };
    case undefined:
      return undefined;
  }
}

/** The parts as the desk shows them. */
export function partsView(content: readonly Content[]): MessagePart[] {
  return content.map(partView).filter((part) => part !== undefined);
}

const previewChars = 120;

/** First words of a message, for a list. */
function previewOf(parts: readonly MessagePart[]): string {
  for (const part of parts) {
    if (part.kind === 'text' || part.kind === 'html') return part.text.slice(0, previewChars);
    if (part.kind === 'media') return part.caption || part.name;
    if (part.kind === 'link') return part.title || part.url;
    if (part.kind === 'choice_reply') return part.label;
    if (part.kind === 'choice') return part.prompt;
  }
  return '';
}

/** The item of a message of ours with a new delivery; an item without words when the message was never seen to go out. */
function delivered(story: Story, key: string, delivery: Delivery, fact: { timeMs: number }, rest: Partial<MessageItem> = {}): Change {
  const known = story.items.get(key);
  const item: MessageItem =
    known?.kind === 'message'
      ? { ...known, ...rest, delivery }
      : { kind: 'message', key, timeMs: fact.timeMs, from: 'agent', agentId: '', parts: [], code: '', commandId: '', degradations: [], distrusted: false, ...rest, delivery };
  return { items: [item] };
}

/** Receipts come in any order: a message that was read does not fall back to delivered. */
function receipt(story: Story, messageId: string, delivery: 'delivered' | 'read'): Change {
  const key = story.messageKeys.get(messageId);
  const known = key === undefined ? undefined : story.items.get(key);
  if (known?.kind !== 'message' || known.delivery === 'read') return {};
  return { items: [{ ...known, delivery }] };
}

/** Facts of messages, written by the channel. */
export const messageFacts: FactHandlers = {
  'patchbay.message.v1.MessageReceived': (story, event, fact) => {
    const parts = partsView(event.content);
    return {
      view: { customerMessages: story.view.customerMessages + 1, lastMessage: { text: previewOf(parts), from: 'customer', timeMs: fact.timeMs } },
      items: [
        {
          kind: 'message',
          key: event.messageId,
          timeMs: fact.timeMs,
          from: 'customer',
          agentId: '',
          parts,
          delivery: 'received',
          code: '',
          commandId: '',
          degradations: [],
          distrusted: event.trust === Trust.FAILED,
        },
      ],
    };
  },

  'patchbay.message.v1.MessageSent': (story, event, fact) => {
    const key = event.commandId || event.messageId;
    const parts = partsView(event.content);
    const from = partyView(event.by);
    return {
      ...delivered(story, key, 'sent', fact, { from, agentId: event.agentId, parts, commandId: event.commandId, degradations: event.degradations }),
      messageKey: [event.messageId, key],
      view: { lastMessage: { text: previewOf(parts), from, timeMs: fact.timeMs } },
    };
  },

  'patchbay.message.v1.MessageDelivered': (story, event) => receipt(story, event.messageId, 'delivered'),
  'patchbay.message.v1.MessageRead': (story, event) => receipt(story, event.messageId, 'read'),

  'patchbay.message.v1.MessageFailed': (story, event, fact) =>
    delivered(story, event.commandId || event.messageId, 'failed', fact, { code: event.code, commandId: event.commandId, agentId: event.agentId }),
  'patchbay.message.v1.MessageExpired': (story, event, fact) =>
    delivered(story, event.commandId || event.messageId, 'expired', fact, { code: event.code, commandId: event.commandId }),
  'patchbay.message.v1.MessageOutcomeUnknown': (story, event, fact) =>
    delivered(story, event.commandId || event.messageId, 'unknown', fact, { code: event.code, commandId: event.commandId }),
};
