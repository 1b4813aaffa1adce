import { Party } from '@patchbay/contracts/contact/v1/contact';
import { MediaKind, type Content } from '@patchbay/contracts/message/v1/content';
import { TranscriptTurn } from '@patchbay/contracts/recording/v1/recording_service';
import type { MessageFact, RecordingStory } from './recording-story.ts';

const mediaWords: ReadonlyMap<MediaKind, string> = new Map<MediaKind, string>([
  [MediaKind.IMAGE, '[image]'],
  [MediaKind.AUDIO, '[audio]'],
  [MediaKind.VIDEO, '[video]'],
  [MediaKind.STICKER, '[sticker]'],
]);

/** The words of a part; a part without words becomes a mark in brackets. */
function wordsOf(content: Content): string {
  const { part } = content;
  switch (part?.$case) {
    case 'text':
    case 'html':
      return part.value.text;
    case 'media':
      return [mediaWords.get(part.value.kind) ?? '[file]', part.value.caption].filter((word) => word !== '').join(' ');
    case 'location':
      return ['[location]', part.value.label].filter((word) => word !== '').join(' ');
    case 'link':
      return [part.value.title, part.value.description, part.value.url].filter((word) => word !== '').join(' ');
    case 'choice':
      return [part.value.prompt, ...part.value.options.map((option) => `[${option.label}]`)].join(' ');
    case 'choiceReply':
      return part.value.label === '' ? part.value.id : part.value.label;
    case 'system':
      return `[${part.value.code}]`;
    case 'unsupported':
      return part.value.text === '' ? `[${part.value.kind}]` : part.value.text;
    case undefined:
      return '';
  }
}

function speakerOf(by: Party): string {
  switch (by) {
    case Party.AGENT:
    case Party.SUPERVISOR:
      return 'agent';
    case Party.CUSTOMER:
      return 'customer';
    case Party.BOT:
      return 'bot';
    default:
      return 'system';
  }
}

function toTurn(message: MessageFact, startedMs: number): TranscriptTurn {
  const { event, timeMs } = message;
  const offsetMs = BigInt(Math.max(0, timeMs - startedMs));
  return {
    speaker: message.kind === 'received' ? 'customer' : speakerOf(message.event.by),
    text: event.content.map(wordsOf).filter((words) => words !== '').join('\n'),
    startMs: offsetMs,
    endMs: offsetMs,
    messageId: event.messageId,
    confidence: 1,
    time: new Date(timeMs),
    agentId: message.kind === 'sent' ? message.event.agentId : '',
  };
}

/** The turns of a text contact: one a message, in the order of the stream, a message that came twice once. */
export function transcribeMessages(story: Pick<RecordingStory, 'messages' | 'startedMs'>): TranscriptTurn[] {
  const seen = new Set<string>();
  return story.messages.flatMap((message) => {
    if (seen.has(message.event.messageId)) return [];
    seen.add(message.event.messageId);
    return [toTurn(message, story.startedMs)];
  });
}

/** The transcript file: a JSON array of turns in protobuf JSON form. */
export function transcriptToJson(turns: readonly TranscriptTurn[]): string {
  return JSON.stringify(turns.map((turn) => TranscriptTurn.toJSON(turn)));
}
