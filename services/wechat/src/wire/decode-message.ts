import type { InboundMessage } from '@patchbay/channel-kit/channel-adapter';
import { MediaKind, type Content, type ObjectRef } from '@patchbay/contracts/message/v1/content';
import { Trust } from '@patchbay/contracts/message/v1/message_event';
import type { CallBackFields } from './call-back-xml.ts';

/** Fetches bytes of a media id and keeps them; undefined when the platform did not give them in time. */
export type FetchMedia = (mediaId: string) => Promise<ObjectRef | undefined>;

const text = (words: string): Content => ({ part: { $case: 'text', value: { text: words } } });
const system = (code: string): Content => ({ part: { $case: 'system', value: { code } } });
const unsupported = (kind: string, shown: string): Content => ({ part: { $case: 'unsupported', value: { kind, raw: undefined, text: shown } } });

const mediaKinds: Readonly<Record<string, { kind: MediaKind; shown: string }>> = {
  image: { kind: MediaKind.IMAGE, shown: '[图片]' },
  voice: { kind: MediaKind.AUDIO, shown: '[语音]' },
  video: { kind: MediaKind.VIDEO, shown: '[视频]' },
  shortvideo: { kind: MediaKind.VIDEO, shown: '[小视频]' },
};

async function mediaContent(fields: CallBackFields, fetchMedia: FetchMedia): Promise<Content> {
  const type = fields['MsgType'] ?? '';
  const { kind, shown } = mediaKinds[type] ?? { kind: MediaKind.FILE, shown: `[${type}]` };
  const object = await fetchMedia(fields['MediaId'] ?? '');
  if (object === undefined) return unsupported(type, shown);
  return { part: { $case: 'media', value: { kind, object, caption: fields['Recognition'] ?? '' } } };
}

/** A place on the globe; anything else is no place. */
function locationContent(fields: CallBackFields): Content {
  const [latitude, longitude] = [Number(fields['Location_X']), Number(fields['Location_Y'])];
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return unsupported('location', '[location]');
  return { part: { $case: 'location', value: { latitude, longitude, label: fields['Label'] ?? '' } } };
}

/** Addresses of pages only: nothing that a browser would run or open on its own machine. */
const pageUrl = (url: string | undefined): string => (url !== undefined && /^https?:\/\//i.test(url) ? url : '');

/** The end of the year 9999, as far as a protobuf Timestamp goes. */
const latestSeconds = 253_402_300_799;

async function messageContent(fields: CallBackFields, fetchMedia: FetchMedia): Promise<Content> {
  switch (fields['MsgType']) {
    case 'text':
      if (fields['bizmsgmenuid']) return { part: { $case: 'choiceReply', value: { id: fields['bizmsgmenuid'], label: fields['Content'] ?? '' } } };
      return text(fields['Content'] ?? '');
    case 'image':
    case 'voice':
    case 'video':
    case 'shortvideo':
      return mediaContent(fields, fetchMedia);
    case 'location':
      return locationContent(fields);
    case 'link':
      return { part: { $case: 'link', value: { url: pageUrl(fields['Url']), title: fields['Title'] ?? '', description: fields['Description'] ?? '' } } };
    default:
      return unsupported(fields['MsgType'] ?? '', `[${fields['MsgType'] ?? '?'}]`);
  }
}

/** Events that a customer makes to reach somebody; all others only add to an open contact. */
const contactEvents = new Set(['CLICK']);

function eventContent(fields: CallBackFields): Content {
  const event = fields['Event'] ?? '';
  if (event === 'CLICK') return { part: { $case: 'choiceReply', value: { id: fields['EventKey'] ?? '', label: fields['EventKey'] ?? '' } } };
  return system(event.toLowerCase());
}

/** Turns a verified call-back into a message of the channel port. Only signed, decrypted fields come here. */
export async function decodeMessage(fields: CallBackFields, account: string, fetchMedia: FetchMedia): Promise<InboundMessage> {
  const isEvent = fields['MsgType'] === 'event';
  const sender = fields['FromUserName'] ?? '';
  const seconds = Number(fields['CreateTime']);
  const messageId = fields['MsgId'] ?? '';
  // Two events of a customer can share a second; a message without id is told apart by its words, too.
  const eventKey = ['e', sender, fields['CreateTime'], fields['Event'] ?? fields['MsgType'], fields['EventKey'] ?? fields['Content'] ?? ''].join('|');
  return {
    account,
    sender: { address: sender, verified: true },
    dedupKey: messageId === '' ? eventKey : `m|${messageId}`,
    platformMessageId: messageId === '' ? eventKey : messageId,
    ...(seconds > 0 && seconds <= latestSeconds ? { platformTime: new Date(Math.floor(seconds) * 1_000) } : {}),
    content: [isEvent ? eventContent(fields) : await messageContent(fields, fetchMedia)],
    trust: Trust.VERIFIED,
    attributes: { language: 'zh-CN' },
    effect: isEvent && !contactEvents.has(fields['Event'] ?? '') ? 'append' : 'contact',
  };
}
