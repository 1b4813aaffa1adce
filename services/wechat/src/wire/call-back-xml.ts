import { XMLParser } from 'fast-xml-parser';
import { wechatError } from '../errors.ts';

/** Largest body of a call-back, bytes. */
export const longestBodyBytes = 64 * 1024;

const parser = new XMLParser({
  ignoreAttributes: true,
  // Numbers stay text: ids are 64 bits, and `0012` is not 12.
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
});

/** Fields of a flat XML or JSON message, as text; nested ones are left out. */
export type CallBackFields = Readonly<Record<string, string>>;

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The five entities of XML itself, outside CDATA. */
function decodeEntities(text: string): string {
  return text.replaceAll(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => entities[name] ?? '');
}

function flat(value: unknown): CallBackFields {
  const fields: Record<string, string> = {};
  if (typeof value !== 'object' || value === null) return fields;
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === 'string') fields[name] = field;
    else if (typeof field === 'number' || typeof field === 'bigint') fields[name] = String(field);
  }
  return fields;
}

/** JSON bodies carry 64-bit ids as numbers: they are put in quotes before parsing, so that no digit is lost. */
function parseJson(text: string): CallBackFields {
  return flat(JSON.parse(text.replaceAll(/("(?:MsgId|MsgID|msgid)"\s*:\s*)(\d+)/g, '$1"$2"')));
}

/** Reads the body of a call-back, XML or JSON. WECHAT_BAD_REQUEST for anything else; no DTD, no entities of one's own. */
export function parseCallBack(text: string): CallBackFields {
  if (/<!(DOCTYPE|ENTITY)/i.test(text) || text.includes('\0') || text.includes('�')) throw wechatError('WECHAT_BAD_REQUEST');
  try {
    if (text.trimStart().startsWith('{')) return parseJson(text);
    const usesEntities = !text.includes('<![CDATA[') && text.includes('&');
    const fields = flat((parser.parse(text, true) as { xml?: unknown }).xml);
    if (Object.keys(fields).length === 0) throw wechatError('WECHAT_BAD_REQUEST');
    return usesEntities ? Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, decodeEntities(value)])) : fields;
  } catch (error) {
    throw wechatError('WECHAT_BAD_REQUEST', { cause: error });
  }
}
