import { Support, type Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import { MediaKind, type Choice, type Content, type Link, type Location, type Media, type ObjectRef } from '@patchbay/contracts/message/v1/content';
import { htmlToText } from './html-to-text.ts';
import { splitText } from './split-text.ts';

/** What was lost on the way to a channel; stands in `MessageSent.degradations`. */
export type Degradation =
  | 'text_split'
  | 'html_as_text'
  | 'media_as_link'
  | 'media_as_text'
  | 'location_as_text'
  | 'link_as_text'
  | 'choice_as_text'
  | 'choice_reply_as_text'
  | 'unsupported_as_text'
  /** A part that the channel cannot show in any form was left out. */
  | 'part_left_out';

/** Content as a channel shows it. */
export interface Degraded {
  /** In order; empty when nothing of it can be shown. */
  readonly content: readonly Content[];
  /** Each code once; empty when nothing was lost. */
  readonly degradations: readonly Degradation[];
}

/** What degrading may need to know. */
export interface DegradeOptions {
  /** Language tag of the customer, for the words the kit adds; both languages when absent. */
  readonly language?: string | undefined;
  /** Address where the customer can fetch an object; absent when there is none. */
  readonly linkTo?: (object: ObjectRef) => string | undefined;
}

type Part = NonNullable<Content['part']>;
type Poorer = { readonly text: string; readonly code: Degradation };

const kindNames: Readonly<Record<Part['$case'], string>> = {
  text: 'text',
  html: 'html',
  media: 'media',
  location: 'location',
  link: 'link',
  choice: 'choice',
  choiceReply: 'choice_reply',
  system: 'system',
  unsupported: 'unsupported',
};

const mediaNames: Readonly<Record<number, string>> = {
  [MediaKind.IMAGE]: 'image',
  [MediaKind.AUDIO]: 'audio',
  [MediaKind.VIDEO]: 'video',
  [MediaKind.FILE]: 'file',
  [MediaKind.STICKER]: 'sticker',
};

/**
 * How a channel shows a part. Media can be told apart by rows such as `media.image`, which go before the row `media`.
 * A kind without a row is not shown.
 */
export function supportOf(part: Part, capabilities: Capabilities): Support {
  const row = (kind: string) => capabilities.kinds.find((support) => support.kind === kind)?.support;
  const fine = part.$case === 'media' ? row(`media.${mediaNames[part.value.kind] ?? 'file'}`) : undefined;
  const support = fine ?? row(kindNames[part.$case]) ?? Support.NONE;
  const tooManyOptions = part.$case === 'choice' && capabilities.maxOptions > 0 && part.value.options.length > capabilities.maxOptions;
  return support === Support.NATIVE && tooManyOptions ? Support.DEGRADED : support;
}

function inLanguage(language: string | undefined, zh: string, en: string): string {
  if (language === undefined || language === '') return `${zh} / ${en}`;
  return language.toLowerCase().startsWith('zh') ? zh : en;
}

function choiceText(choice: Choice, language: string | undefined): string {
  const options = choice.options.map((option, index) => `${index + 1}. ${option.label}`);
  return [choice.prompt, ...options, inLanguage(language, '请回复数字', 'Reply with a number')].filter((line) => line !== '').join('\n');
}

function mediaText(media: Media, options: DegradeOptions): Poorer | undefined {
  const link = media.object === undefined ? undefined : options.linkTo?.(media.object);
  const kind = mediaNames[media.kind] ?? 'file';
  const zh = { image: '图片', audio: '语音', video: '视频', sticker: '表情' }[kind] ?? '文件';
  const name = `[${inLanguage(options.language, zh, kind)}]${media.object === undefined || media.object.name === '' ? '' : ` ${media.object.name}`}`;
  const text = [media.caption, name, link ?? ''].filter((line) => line !== '').join('\n');
  return { text, code: link === undefined ? 'media_as_text' : 'media_as_link' };
}

function locationText(location: Location): string {
  const place = `${location.latitude.toFixed(5)},${location.longitude.toFixed(5)}`;
  return location.label === '' ? place : `${location.label} (${place})`;
}

function linkText(link: Link): string {
  return [link.title, link.description, link.url].filter((line) => line !== '').join('\n');
}

/** The part in words, with what that loses; undefined when there are no words for it. */
function inWords(part: Part, options: DegradeOptions): Poorer | undefined {
  switch (part.$case) {
    case 'text':
      return undefined;
    case 'html':
      return { text: htmlToText(part.value.text), code: 'html_as_text' };
    case 'media':
      return mediaText(part.value, options);
    case 'location':
      return { text: locationText(part.value), code: 'location_as_text' };
    case 'link':
      return { text: linkText(part.value), code: 'link_as_text' };
    case 'choice':
      return { text: choiceText(part.value, options.language), code: 'choice_as_text' };
    case 'choiceReply':
      return { text: part.value.label === '' ? part.value.id : part.value.label, code: 'choice_reply_as_text' };
    case 'unsupported':
      return { text: part.value.text, code: 'unsupported_as_text' };
    case 'system':
      return undefined;
  }
}

/** Text that any platform takes: well-formed UTF-16, without NUL. */
function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

/**
 * Content in the form that a channel with these capabilities shows, with a code for each thing lost. Pure. Text over the
 * channel's limit is split; what the channel shows poorly becomes text; what it cannot show is left out.
 */
export function degrade(content: readonly Content[], capabilities: Capabilities, options: DegradeOptions = {}): Degraded {
  const shown: Content[] = [];
  const lost = new Set<Degradation>();
  const showText = (text: string) => {
    const parts = splitText(cleanText(text), capabilities.maxTextBytes);
    if (parts.length > 1) lost.add('text_split');
    if (parts.length === 0) lost.add('part_left_out');
    for (const part of parts) shown.push({ part: { $case: 'text', value: { text: part } } });
  };
  for (const { part } of content) {
    const support = part === undefined ? Support.NONE : supportOf(part, capabilities);
    if (part === undefined || (support !== Support.NATIVE && support !== Support.DEGRADED)) lost.add('part_left_out');
    else if (part.$case === 'text') showText(part.value.text);
    else if (support === Support.NATIVE) shown.push({ part });
    else {
      const words = inWords(part, options);
      if (words === undefined || words.text === '') lost.add('part_left_out');
      else {
        lost.add(words.code);
        showText(words.text);
      }
    }
  }
  return { content: shown, degradations: [...lost] };
}
