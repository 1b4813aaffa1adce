import { Content } from '@patchbay/contracts/message/v1/content';
import type { InboundMessage } from './channel-adapter.ts';
import { channelError } from './errors.ts';

/** Longest encoded content of one message: a fact has to stay under 64 KB. */
export const maxContentBytes = 60 * 1024;
const maxParts = 100;
const maxAttributes = 50;
const summaryLength = 80;

function fault(field: string, problem: string): never {
  throw channelError('CHANNEL_BAD_MESSAGE', { details: { field, problem } });
}

function checkText(field: string, value: string, maxLength: number): void {
  if (value === '') fault(field, 'is empty');
  if (value.length > maxLength) fault(field, `is longer than ${maxLength}`);
}

/** Throws CHANNEL_BAD_MESSAGE, naming the field, when a message breaks the rules of the port. */
export function checkInbound(message: InboundMessage): void {
  checkText('account', message.account, 320);
  checkText('sender.address', message.sender.address, 512);
  checkText('dedupKey', message.dedupKey, 1024);
  if (message.thread !== undefined) checkText('thread', message.thread, 1024);
  if (message.platformMessageId.length > 1024) fault('platformMessageId', 'is longer than 1024');
  if ((message.replyToPlatformIds?.length ?? 0) > maxParts) fault('replyToPlatformIds', `has over ${maxParts} ids`);
  if (Object.keys(message.attributes ?? {}).length > maxAttributes) fault('attributes', `has over ${maxAttributes} names`);
  if (message.content.length === 0) fault('content', 'is empty');
  if (message.content.length > maxParts) fault('content', `has over ${maxParts} parts`);
  if (message.content.some(({ part }) => part === undefined)) fault('content', 'has an empty part');
  const sizeBytes = message.content.reduce((sum, content) => sum + Content.encode(content).finish().length, 0);
  if (sizeBytes > maxContentBytes) fault('content', `is over ${maxContentBytes} bytes encoded`);
  if (message.platformTime !== undefined && Number.isNaN(message.platformTime.getTime())) fault('platformTime', 'is no time');
}

/** First words of a message, for lists. */
export function summaryOf(message: InboundMessage): string {
  const words =
    message.summary ??
    message.content.flatMap(({ part }) => (part?.$case === 'text' || part?.$case === 'html' ? [part.value.text] : [])).find((text) => text.trim() !== '') ??
    '';
  return [...words.toWellFormed().trim().replaceAll(/\s+/g, ' ').slice(0, 4 * summaryLength)].slice(0, summaryLength).join('');
}
