import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { createArrivals, type Arrivals } from './arrivals.ts';
import { sipRequest, type BadSip, type SipPlace } from './bad-sip.ts';

const host = '127.0.0.1';
let lastId = 0;

/** What came of one bad message, and of a good one behind it on the same way. */
export interface SipOutcome {
  /** Statuses of final answers to the bad one. */
  readonly answers: readonly number[];
  /** Status of the answer to the good one; absent where the connection had to be given up. */
  readonly then: number | undefined;
  readonly closed: boolean;
}

interface Line {
  readonly port: number;
  /** What came, message by message. */
  readonly heard: Arrivals;
  send(bytes: Uint8Array): void;
  close(): void;
}

async function openUdp(gatewayPort: number): Promise<Line> {
  const socket = createSocket('udp4');
  const heard = createArrivals();
  socket.on('message', (bytes) => { heard.put(bytes.toString('latin1')); });
  await new Promise<void>((resolve) => void socket.bind(0, host, resolve));
  return { port: socket.address().port, heard, send: (bytes) => { socket.send(bytes, gatewayPort, host); }, close: () => void socket.close() };
}

async function openTcp(gatewayPort: number): Promise<Line> {
  const socket = connect(gatewayPort, host);
  const heard = createArrivals();
  socket.on('data', (bytes) => {
    for (const message of bytes.toString('latin1').split(/(?=^SIP\/2\.0 )/m)) heard.put(message);
  });
  // A connection that the gateway cuts while we still write is reset: that is the answer.
  socket.on('error', () => {});
  socket.on('close', () => { heard.close(); });
  await new Promise<void>((resolve) => void socket.once('connect', resolve));
  return { port: socket.localPort ?? 0, heard, send: (bytes) => void socket.write(bytes), close: () => void socket.destroy() };
}

const statusOf = (text: string): number => Number(/^SIP\/2\.0 (\d{3}) /.exec(text)?.[1] ?? 0);
const isFinal = (text: string): boolean => statusOf(text) >= 200;
const valueOf = (text: string, name: string): string => new RegExp(`^${name}: *(.*)$`, 'im').exec(text)?.[1]?.trim() ?? '';

/** A good OPTIONS; its answer also proves that whatever was to be answered before it has been: one line keeps its order. */
async function probe(line: Line, gatewayPort: number): Promise<number> {
  const id = `probe${(lastId += 1)}`;
  line.send(sipRequest({ id, port: line.port, gatewayPort, nonce: '' }));
  return statusOf((await line.heard.next('answer to the good request', (text) => text.includes(`${id}@`) && isFinal(text))) ?? '');
}

async function fetchNonce(line: Line, place: SipPlace): Promise<string> {
  line.send(sipRequest({ ...place, id: `${place.id}n` }, { method: 'REGISTER', uri: `sip:${host}`, set: { To: `<sip:1001@${host}>` } }));
  const challenge = (await line.heard.next('challenge', (text) => text.includes(`${place.id}n@`) && statusOf(text) === 401)) ?? '';
  return /nonce="([^"]+)"/.exec(challenge)?.[1] ?? '';
}

/** Acknowledges the refusal of an INVITE, so that it is not repeated. */
function acknowledge(line: Line, answer: string, place: SipPlace): void {
  if (!/ INVITE$/i.test(valueOf(answer, 'CSeq'))) return;
  const set = Object.fromEntries(['Via', 'From', 'To', 'Call-ID'].map((name) => [name, valueOf(answer, name)]));
  line.send(sipRequest(place, { method: 'ACK', set: { ...set, CSeq: valueOf(answer, 'CSeq').replace(/\w+$/, 'ACK') } }));
}

/** Sends one bad message over a way of its own, and a good one behind it. */
export async function sendBadSip(row: BadSip, gatewayPort: number): Promise<SipOutcome> {
  const line = await (row.transport === 'UDP' ? openUdp : openTcp)(gatewayPort);
  try {
    const place: SipPlace = { id: `bad${(lastId += 1)}`, port: line.port, gatewayPort, nonce: '' };
    const nonce = row.needsNonce === true ? await fetchNonce(line, place) : '';
    const from = line.heard.all.length;
    const isAnswer = (text: string) => isFinal(text) && !text.includes('probe');
    line.send(row.bytes({ ...place, nonce }));
    if (row.answer !== 'none') {
      const answer = await line.heard.next(`answer to ${row.name}`, isAnswer, { from });
      acknowledge(line, answer ?? '', place);
    }
    if (row.closes === true) await line.heard.next('end of the connection', () => false);
    const then = row.closes === true ? undefined : await probe(line, gatewayPort);
    return { answers: line.heard.all.slice(from).filter(isAnswer).map(statusOf), then, closed: line.heard.isClosed };
  } finally {
    line.close();
  }
}
