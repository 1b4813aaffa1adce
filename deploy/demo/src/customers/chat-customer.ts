import { createIdSource } from '@patchbay/runtime/ids';
import { WebSocket } from 'ws';
import { demoError } from '../errors.ts';
import { createInbox } from '../inbox.ts';
import type { CustomerChannel } from './customer.ts';

const ids = createIdSource();
const acceptMs = 20_000;
const reconnectMs = 400;

interface Frame {
  type: string;
  from?: string;
  parts?: { kind: string; text?: string; prompt?: string }[];
  clientMsgId?: string;
  visitorToken?: string;
  contactId?: string;
  seq?: number;
  code?: string;
}

/**
 * Visitors of a site, over the widget's own socket. A lost line is taken up again where it was, and what was not
 * accepted is sent again under the same id, as the widget does.
 */
export function createChatCustomers(url: string, widgetKey: string): CustomerChannel {
  return {
    name: 'webchat',
    async connect(_index, signal) {
      const inbox = createInbox();
      const unaccepted = new Map<string, { text: string; accepted: () => void; refused: (code: string) => void }>();
      const seen = new Set<string>();
      let visitorToken: string | undefined;
      let place: { contactId: string; lastSeq: number } | undefined;
      let socket: WebSocket | undefined;
      let left = false;

      const send = (frame: unknown) => {
        if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
      };
      const onFrame = (frame: Frame) => {
        if (frame.contactId !== undefined && frame.seq !== undefined) place = { contactId: frame.contactId, lastSeq: frame.seq };
        if (frame.type === 'welcome') {
          visitorToken = frame.visitorToken;
          for (const [clientMsgId, { text }] of unaccepted) send({ type: 'message', clientMsgId, text });
        } else if (frame.type === 'accepted') unaccepted.get(frame.clientMsgId ?? '')?.accepted();
        else if (frame.type === 'rejected') unaccepted.get(frame.clientMsgId ?? '')?.refused(frame.code ?? '');
        else if (frame.type === 'message' && frame.from === 'agent' && !seen.has(`${frame.contactId}:${frame.seq}`)) {
          seen.add(`${frame.contactId}:${frame.seq}`);
          inbox.put(frame.parts?.map((part) => part.text ?? part.prompt ?? '').join('\n') ?? '');
        }
      };
      const open = () => {
        const current = new WebSocket(url, { headers: { origin: 'http://127.0.0.1' } });
        socket = current;
        current.on('open', () => {
          send({ type: 'hello', protocol: 1, widgetKey, language: 'zh-CN', ...(visitorToken === undefined ? {} : { visitorToken }), ...(place === undefined ? {} : { resume: place }) });
        });
        current.on('message', (data: Buffer) => {
          onFrame(JSON.parse(data.toString()) as Frame);
        });
        current.on('error', () => undefined);
        current.on('close', () => {
          if (!left && !signal.aborted) setTimeout(open, reconnectMs);
        });
      };
      open();
      const leave = () => {
        left = true;
        socket?.close();
      };
      signal.addEventListener('abort', leave, { once: true });
      return {
        say(text) {
          const clientMsgId = ids.next();
          return new Promise<void>((resolve, reject) => {
            const timer = setTimeout(() => {
              unaccepted.delete(clientMsgId);
              reject(demoError('DEMO_NOT_TAKEN', { details: { channel: 'webchat' } }));
            }, acceptMs);
            const settle = (finish: () => void) => {
              clearTimeout(timer);
              unaccepted.delete(clientMsgId);
              finish();
            };
            unaccepted.set(clientMsgId, {
              text,
              accepted: () => {
                settle(resolve);
              },
              refused: (code) => {
                settle(() => {
                  reject(demoError('DEMO_NOT_TAKEN', { details: { channel: 'webchat', code } }));
                });
              },
            });
            send({ type: 'message', clientMsgId, text });
          });
        },
        hear: (timeoutMs) => inbox.take(timeoutMs, signal),
        leave() {
          leave();
          return Promise.resolve();
        },
      };
    },
  };
}
