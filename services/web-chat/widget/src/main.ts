import { limits, type ServerFrame } from '../../src/domain/frames.ts';
import { createConversation } from './conversation.ts';
import { createLink, type LinkEvents, type LinkSocket } from './link.ts';
import { createMemory, createShelf, type Shelf, type Unsent } from './memory.ts';
import { newUuidV7 } from './uuid.ts';
import { createView, type Shown } from './view.ts';
import { wordsOf } from './words.ts';

/** What the script tag says: `data-key` (widget key), `data-language`, `data-name`, `data-server`. */
interface Settings {
  readonly key: string;
  readonly language: string;
  readonly name: string;
  readonly server: URL;
}

const retryMs = 2_000;

function readSettings(script: HTMLScriptElement): Settings {
  const { key = '', language, name = '', server } = script.dataset;
  return { key, name, language: language ?? navigator.language, server: new URL(server ?? script.src, location.href) };
}

function openShelf(): Shelf {
  try {
    // Reading it throws where the page may not store anything.
    return window.localStorage;
  } catch {
    return createShelf();
  }
}

function openSocket(server: URL, events: LinkEvents): LinkSocket {
  const address = new URL('socket', server);
  address.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.onopen = () => {
    events.onOpen();
  };
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') events.onText(data);
  };
  socket.onclose = ({ code }) => {
    events.onClose(code);
  };
  return {
    send(text) {
      // A socket that is closing swallows it; what matters is sent again by its id.
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      socket.close();
    },
  };
}

/** Wires memory, conversation, link and view of one widget. */
function startWidget(settings: Settings): void {
  const words = wordsOf(settings.language);
  const memory = createMemory(openShelf(), settings.key);
  const conversation = createConversation();
  const tabs = new BroadcastChannel(`patchbay-chat:${settings.key}`);
  let welcome = { title: '', greeting: '', textBytes: limits.textBytes as number };
  let status: Shown['link'] = 'idle';
  let unread = 0;
  /** Released when the server has named this visitor: two tabs opened together become one visitor. */
  let named: (() => void) | undefined;

  const link = createLink({
    open: (events) => openSocket(settings.server, events),
    hello: () => ({
      widgetKey: settings.key,
      language: settings.language,
      page: (location.origin + location.pathname).slice(0, 500),
      ...(settings.name === '' ? {} : { name: settings.name.slice(0, 80) }),
      ...(memory.token() === undefined ? {} : { visitorToken: memory.token() }),
      ...(conversation.contactId() === '' ? {} : { resume: { contactId: conversation.contactId(), lastSeq: conversation.lastSeq() } }),
    }),
    onFrame,
    onStatus(next) {
      status = next;
      if (next === 'up') sendUnsent();
      render();
    },
    onBadToken() {
      memory.setToken(undefined);
    },
  });

  const view = createView(words, settings.language, () => welcome.textBytes, {
    onOpen() {
      unread = 0;
      start();
      render();
    },
    onClose: render,
    onSend(text) {
      say({ clientMsgId: newUuidV7(), text, at: Date.now() });
    },
    onLeave(text) {
      say({ clientMsgId: newUuidV7(), text, whole: true, at: Date.now() });
    },
    onChoose(choice) {
      say({ clientMsgId: newUuidV7(), choice, at: Date.now() });
    },
    onEnd() {
      link.send({ type: 'end' });
    },
  });

  function render(): void {
    const { phase, agent } = conversation.state();
    view.render({ title: welcome.title === '' ? words.agent : welcome.title, greeting: welcome.greeting, lines: conversation.lines(), phase, agent, link: status, unread });
  }

  function say(message: Unsent): void {
    memory.addUnsent(message);
    conversation.addUnsent(message);
    send(message);
    render();
  }

  function send({ clientMsgId, text, choice, whole }: Unsent): void {
    link.send({ type: 'message', clientMsgId, ...(text === undefined ? {} : { text }), ...(choice === undefined ? {} : { choice }), ...(whole === undefined ? {} : { whole }) });
  }

  /** Everything the server has not accepted goes out again, in order; what it had already has no second effect. */
  function sendUnsent(): void {
    for (const message of memory.unsent()) {
      conversation.addUnsent(message);
      send(message);
    }
  }

  function onRejected(frame: Extract<ServerFrame, { type: 'rejected' }>): void {
    if (frame.retryable) {
      setTimeout(() => {
        for (const message of memory.unsent()) if (message.clientMsgId === frame.clientMsgId) send(message);
      }, frame.retryAfterMs ?? retryMs);
      return;
    }
    memory.removeUnsent(frame.clientMsgId);
    conversation.markFailed(frame.clientMsgId);
  }

  function onFrame(frame: ServerFrame): void {
    const before = conversation.contactId();
    if (frame.type === 'welcome') {
      memory.setToken(frame.visitorToken);
      named?.();
      welcome = { title: frame.title, greeting: frame.greeting, textBytes: frame.limits.textBytes };
    } else if (frame.type === 'accepted') memory.removeUnsent(frame.clientMsgId);
    else if (frame.type === 'message' && frame.clientMsgId !== undefined) memory.removeUnsent(frame.clientMsgId);
    else if (frame.type === 'rejected') onRejected(frame);
    if (frame.type === 'message' && frame.from !== 'visitor' && status === 'up' && !view.isOpen()) unread += 1;
    conversation.apply(frame);
    if (frame.type === 'live' && frame.contactId !== before) tabs.postMessage(frame.contactId);
    render();
  }

  function start(): void {
    if (status !== 'idle') return;
    status = 'down';
    const locks = navigator.locks as LockManager | undefined;
    if (memory.token() !== undefined || locks === undefined) {
      link.start();
      return;
    }
    void locks.request(`patchbay-chat:${settings.key}`, () => {
      const held = new Promise<void>((resolve) => {
        named = resolve;
      });
      link.start();
      return held;
    });
  }

  // Another tab of this visitor, maybe on another server, has a contact that this one does not show: catch up.
  tabs.onmessage = ({ data }) => {
    if (typeof data === 'string' && data !== '' && data !== conversation.contactId() && status === 'up') {
      link.stop();
      link.start();
    }
  };
  const wake = () => {
    if (document.visibilityState === 'visible') link.wake();
  };
  window.addEventListener('online', wake);
  window.addEventListener('pageshow', wake);
  document.addEventListener('visibilitychange', wake);
  // A visitor who was here before may have a chat going on: answers must reach the badge without a click.
  if (memory.token() !== undefined) start();
  render();
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  const settings = readSettings(script);
  if (document.body === null) {
    document.addEventListener('DOMContentLoaded', () => {
      startWidget(settings);
    });
  } else startWidget(settings);
}
