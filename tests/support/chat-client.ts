import { createIdSource } from '@patchbay/runtime/ids';
import { WebSocket } from 'ws';

/** A frame of the chat protocol as it comes off the wire. */
export type ChatFrame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** A visitor's program: the widget's protocol without the widget. */
export interface ChatClient {
  /** Frames so far, in order. */
  readonly frames: readonly ChatFrame[];
  /** From the newest `welcome`. */
  visitorToken(): string;
  /** What a resume needs: the newest contact and the highest sequence of its frames. */
  position(): { contactId: string; lastSeq: number };
  /** Resolves with the first frame, come or to come, that fits. */
  next(what: string, fits: (frame: ChatFrame) => boolean, timeoutMs?: number): Promise<ChatFrame>;
  send(frame: Record<string, unknown>): void;
  /** Sends a text with a new id, or a given one, and waits until it is accepted or rejected. */
  say(text: string, clientMsgId?: string): Promise<ChatFrame>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  close(): void;
  /** Drops the connection without a close frame. */
  cut(): void;
  readonly socket: WebSocket;
}

const ids = createIdSource();

/** Opens a connection; says hello unless `hello` is false. */
export async function openChat(
  port: number,
  options: { hello?: Record<string, unknown> | false; origin?: string; path?: string } = {},
): Promise<ChatClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${options.path ?? '/socket'}`, options.origin === undefined ? {} : { origin: options.origin });
  const frames: ChatFrame[] = [];
  const waiting = new Set<() => void>();
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (code) => {
      resolve(code);
      for (const look of waiting) look();
    });
  });
  socket.on('message', (bytes: Buffer) => {
    frames.push(JSON.parse(bytes.toString()) as ChatFrame);
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});

  const client: ChatClient = {
    frames,
    socket,
    closed,
    visitorToken: () => String(frames.findLast((frame) => frame.type === 'welcome')?.['visitorToken'] ?? ''),
    position() {
      const contactId = String(frames.findLast((frame) => typeof frame['contactId'] === 'string' && frame['contactId'] !== '')?.['contactId'] ?? '');
      const sequences = frames.filter((frame) => frame['contactId'] === contactId && frame.type !== 'accepted').map((frame) => Number(frame['seq'] ?? 0));
      return { contactId, lastSeq: Math.max(0, ...sequences) };
    },
    next(what, fits, timeoutMs = 10_000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no ${what} in ${timeoutMs} ms; came: ${frames.map((frame) => frame.type).join(', ')}`));
        }, timeoutMs);
        const look = () => {
          const found = frames.find(fits);
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    send(frame) {
      socket.send(JSON.stringify(frame));
    },
    say(text, clientMsgId = ids.next()) {
      client.send({ type: 'message', clientMsgId, text });
      return client.next(`answer to ${clientMsgId}`, (frame) => (frame.type === 'accepted' || frame.type === 'rejected') && frame['clientMsgId'] === clientMsgId);
    },
    close() {
      socket.close();
    },
    cut() {
      socket.terminate();
    },
  };
  if (options.hello !== false) {
    client.send({ type: 'hello', protocol: 1, widgetKey: 'W1', ...options.hello });
    await client.next('live', (frame) => frame.type === 'live' || frame.type === 'error');
  }
  return client;
}
