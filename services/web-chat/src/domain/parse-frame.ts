import { limits, protocolVersion, type ClientFrame } from './frames.ts';

/** Code of a refused frame, from the service's error table. */
export type FrameFault = 'WEBCHAT_BAD_FRAME' | 'WEBCHAT_BAD_PROTOCOL' | 'WEBCHAT_TEXT_TOO_LONG' | 'WEBCHAT_EMPTY_MESSAGE';

/** A frame, or why it is none. `clientMsgId` is set when the fault is in a message that has a good one. */
export type ParsedFrame = { ok: true; frame: ClientFrame } | { ok: false; code: FrameFault; field: string; clientMsgId?: string };

type Fields = Readonly<Record<string, unknown>>;

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const languageTag = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;

const bad = (field: string): ParsedFrame => ({ ok: false, code: 'WEBCHAT_BAD_FRAME', field });

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text of 1 to `maxLength` UTF-16 units without NUL, or undefined. */
function textOf(value: unknown, maxLength: number): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength && !value.includes('\0') ? value : undefined;
}

function sizeBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

function parseResume(value: unknown): { contactId: string; lastSeq: number } | undefined {
  if (!isObject(value)) return undefined;
  const { contactId, lastSeq } = value;
  if (typeof contactId !== 'string' || !uuid.test(contactId)) return undefined;
  if (typeof lastSeq !== 'number' || !Number.isSafeInteger(lastSeq) || lastSeq < 0) return undefined;
  return { contactId, lastSeq };
}

function parseHello(fields: Fields): ParsedFrame {
  if (fields['protocol'] !== protocolVersion) return { ok: false, code: 'WEBCHAT_BAD_PROTOCOL', field: 'protocol' };
  const widgetKey = textOf(fields['widgetKey'], 128);
  if (widgetKey === undefined) return bad('widgetKey');
  const frame: ClientFrame = { type: 'hello', protocol: protocolVersion, widgetKey };
  if (fields['visitorToken'] !== undefined) {
    // An empty token is not "no token": treating it so has let people take over others' chats elsewhere.
    const visitorToken = textOf(fields['visitorToken'], 1024);
    if (visitorToken === undefined) return bad('visitorToken');
    frame.visitorToken = visitorToken;
  }
  for (const [field, maxLength] of [['language', 35], ['name', 80], ['page', 500]] as const) {
    if (fields[field] === undefined || fields[field] === '') continue;
    const value = textOf(fields[field], maxLength);
    if (value === undefined || (field === 'language' && !languageTag.test(value))) return bad(field);
    frame[field] = value.toWellFormed();
  }
  if (fields['resume'] !== undefined) {
    const resume = parseResume(fields['resume']);
    if (resume === undefined) return bad('resume');
    frame.resume = resume;
  }
  return { ok: true, frame };
}

function parseChoice(value: unknown): { id: string; label: string } | undefined {
  if (!isObject(value)) return undefined;
  const id = textOf(value['id'], 64);
  const label = value['label'] === undefined || value['label'] === '' ? '' : textOf(value['label'], 200);
  return id === undefined || label === undefined ? undefined : { id: id.toWellFormed(), label: label.toWellFormed() };
}

function parseMessage(fields: Fields): ParsedFrame {
  const { clientMsgId, text, choice } = fields;
  if (typeof clientMsgId !== 'string' || !uuidV7.test(clientMsgId)) return bad('clientMsgId');
  if ((text === undefined) === (choice === undefined)) return { ok: false, code: 'WEBCHAT_BAD_FRAME', field: 'text', clientMsgId };
  if (choice !== undefined) {
    const taken = parseChoice(choice);
    return taken === undefined ? { ok: false, code: 'WEBCHAT_BAD_FRAME', field: 'choice', clientMsgId } : { ok: true, frame: { type: 'message', clientMsgId, choice: taken } };
  }
  if (typeof text !== 'string') return { ok: false, code: 'WEBCHAT_BAD_FRAME', field: 'text', clientMsgId };
  const clean = text.replaceAll('\0', '').toWellFormed();
  if (clean.trim() === '') return { ok: false, code: 'WEBCHAT_EMPTY_MESSAGE', field: 'text', clientMsgId };
  if (sizeBytes(clean) > limits.textBytes) return { ok: false, code: 'WEBCHAT_TEXT_TOO_LONG', field: 'text', clientMsgId };
  return { ok: true, frame: { type: 'message', clientMsgId, text: clean, ...(fields['whole'] === true ? { whole: true } : {}) } };
}

/** Reads one text frame. Fields that are not known are left alone, so that a newer client can talk to an older server. */
export function parseFrame(text: string): ParsedFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The fault is the answer; the parser's words about foreign text are of no use to anybody.
    return bad('frame');
  }
  if (!isObject(value)) return bad('frame');
  switch (value['type']) {
    case 'hello':
      return parseHello(value);
    case 'message':
      return parseMessage(value);
    case 'end':
    case 'ping':
      return { ok: true, frame: { type: value['type'] } };
    default:
      return bad('type');
  }
}
