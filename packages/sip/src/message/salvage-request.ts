import { maxMessageBytes } from '../limits.ts';
import { controlPattern } from './cursor.ts';
import { splitList } from './header-checks.ts';
import { longName } from './header-names.ts';
import type { HeaderField } from './message.ts';
import { startOfMessage } from './parse-message.ts';
import { parseVia, readVia, type Via } from './via.ts';

/** What can be saved of a request that the parser refused: enough to answer it without keeping anything. */
export interface SalvagedRequest {
  /** Topmost Via; undefined when it is what is wrong: then only the packet's own source can be answered. */
  readonly via: Via | undefined;
  /** Every Via and the first From, To, Call-ID and CSeq, as far as they are there. */
  readonly headers: readonly HeaderField[];
}

const echoed = ['via', 'from', 'to', 'call-id', 'cseq'];

/** No answer is worth reading more of a faulty message than this. */
const salvageBytes = Math.min(8_192, maxMessageBytes);

/** A Via that cannot be read is echoed as it stands: whoever wrote it may know it again. */
function viaFields(value: string): HeaderField[] {
  const fields: HeaderField[] = [];
  try {
    splitList('via', value, readVia, (one) => fields.push({ name: 'via', value: one }));
    return fields;
  } catch {
    // Not an error of ours to tell: the message is being refused already.
    return [{ name: 'via', value }];
  }
}

function readableVia(value: string): Via | undefined {
  try {
    return parseVia(value);
  } catch {
    // See viaFields.
    return undefined;
  }
}

/**
 * Saves what an answer needs. Undefined for responses and ACKs, neither of which may be answered, for what does not look like
 * SIP at all, and for requests without any Via.
 */
export function salvageRequest(bytes: Uint8Array): SalvagedRequest | undefined {
  const start = startOfMessage(bytes);
  const text = Buffer.from(bytes.subarray(start, start + salvageBytes)).toString('latin1');
  const head = text.split('\r\n\r\n', 1)[0] ?? '';
  const [first = '', ...lines] = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  if (/^(SIP\/|ACK[ \t])/i.test(first) || !/^\S+[ \t].*SIP\/\d/i.test(first)) return undefined;
  const fields: HeaderField[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const name = longName(line.slice(0, colon).trim());
    const value = line.slice(colon + 1).trim();
    if (!echoed.includes(name) || controlPattern.test(value)) continue;
    if (name === 'via') fields.push(...viaFields(value));
    else if (!fields.some((field) => field.name === name)) fields.push({ name, value });
  }
  const top = fields.find((field) => field.name === 'via');
  return top === undefined ? undefined : { via: readableVia(top.value), headers: fields };
}
