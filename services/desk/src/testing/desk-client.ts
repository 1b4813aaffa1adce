import { WebSocket } from 'ws';
import type { ErrorView, MethodName, Methods, ServerFrame } from '../protocol.ts';

/** A request that the desk refused. */
export class RefusedError extends Error {
  readonly error: ErrorView;
  constructor(error: ErrorView) {
    super(error.code);
    this.error = error;
  }
}

/** Signs in over HTTP and gives the cookie. */
export async function signInCookie(url: string, user: string, password: string): Promise<string> {
  const response = await fetch(`${url}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ user, password }),
  });
  if (response.status !== 200) throw new Error(`sign-in answered ${response.status}`);
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

/** A browser's end of the WebSocket, for tests. */
export interface DeskClient {
  frames: ServerFrame[];
  request<Name extends MethodName>(method: Name, params: Methods[Name]['params']): Promise<Methods[Name]['result']>;
  /** Sends anything. */
  raw(text: string): void;
  /** For what is below frames. */
  socket: WebSocket;
  /** The first frame of a type, from those that came already on, that fits. */
  frame<Type extends ServerFrame['type']>(type: Type, fits?: (frame: FrameOf<Type>) => boolean): Promise<FrameOf<Type>>;
  /** Forgets the frames that came. */
  forget(): void;
  /** Code with which the socket closed. */
  closed: Promise<number>;
  close(): void;
}

/** Connects with a cookie; rejects with the HTTP status when refused. */
export async function connectDesk(url: string, cookie: string, origin = url): Promise<DeskClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: { cookie, origin } });
  const frames: ServerFrame[] = [];
  const waiting = new Set<(frame: ServerFrame) => void>();
  const replies = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  socket.on('message', (bytes: Buffer) => {
    const frame = JSON.parse(bytes.toString('utf8')) as ServerFrame;
    frames.push(frame);
    for (const waiter of waiting) waiter(frame);
    if (frame.type === 'reply') replies.get(frame.id)?.resolve(frame.result);
    if (frame.type === 'failure') replies.get(frame.id)?.reject(new RefusedError(frame.error));
  });
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => void resolve(code)));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => void resolve());
    socket.once('unexpected-response', (_request, response) => {
      reject(new Error(String(response.statusCode)));
    });
    socket.once('error', reject);
  });
  return {
    frames,
    socket,
    closed,
    request(method, params) {
      const id = (lastId += 1);
      socket.send(JSON.stringify({ id, method, params }));
      return new Promise((resolve, reject) => {
        replies.set(id, { resolve: resolve as (result: unknown) => void, reject });
      });
    },
    raw: (text) => void socket.send(text),
    frame(type, fits = () => true) {
      const matches = (frame: ServerFrame): frame is FrameOf<typeof type> => frame.type === type && fits(frame as FrameOf<typeof type>);
      const known = frames.find(matches);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(waiter);
          reject(new Error(`no ${type} frame that fits; came: ${frames.map((frame) => frame.type).join(' ')}`));
        }, 8_000);
        const waiter = (frame: ServerFrame) => {
          if (!matches(frame)) return;
          clearTimeout(timer);
          waiting.delete(waiter);
          resolve(frame);
        };
        waiting.add(waiter);
      });
    },
    forget: () => void (frames.length = 0),
    close: () => void socket.close(),
  };
}
