import type { ShownPart, VisitorState } from '../../src/domain/frames.ts';
import type { Line } from './conversation.ts';
import css from './style.css?inline';
import type { Words } from './words.ts';

/** What the view shows. */
export interface Shown {
  readonly title: string;
  readonly greeting: string;
  readonly lines: readonly Line[];
  readonly phase: VisitorState['phase'];
  readonly agent: string;
  readonly link: 'idle' | 'up' | 'down' | 'stopped';
  readonly unread: number;
}

/** What the visitor does. */
export interface ViewActions {
  onOpen(): void;
  onClose(): void;
  onSend(text: string): void;
  /** The visitor leaves all of a message that was asked for. */
  onLeave(text: string): void;
  onChoose(option: { id: string; label: string }): void;
  onEnd(): void;
}

/** The widget on the page. */
export interface View {
  render(shown: Shown): void;
  isOpen(): boolean;
}

type Child = Node | string;

function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Record<string, string>, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function icon(path: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [name, value] of Object.entries({ viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': '2', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' })) svg.setAttribute(name, value);
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}

const icons = {
  chat: 'M4 5h16v11H9l-5 4z',
  close: 'M6 9l6 6 6-6',
  send: 'M5 12h13M12 5l7 7-7 7',
};
const mostRows = 5;
const endSureMs = 4_000;

function showPart(part: ShownPart, actions: ViewActions, isLast: boolean): Child[] {
  if (part.kind === 'text') return [element('div', { class: 'bubble' }, part.text)];
  if (part.kind === 'link') {
    const isWeb = /^https?:\/\//i.test(part.url);
    const words = part.title === '' ? part.url : part.title;
    const link = isWeb ? element('a', { href: part.url, target: '_blank', rel: 'noopener noreferrer' }, words) : words;
    return [element('div', { class: 'bubble' }, link, ...(part.description === '' ? [] : [`\n${part.description}`]))];
  }
  const options = part.options.map((option) => {
    const button = element('button', { type: 'button' }, option.label);
    button.addEventListener('click', () => {
      actions.onChoose(option);
    });
    return button;
  });
  return [element('div', { class: 'bubble' }, part.prompt), ...(isLast ? [element('div', { class: 'choice', role: 'group', 'aria-label': part.prompt }, ...options)] : [])];
}

function stateWords(line: Line, words: Words): string {
  if (line.state?.phase === 'waiting') return words.waiting;
  if (line.state?.phase === 'connected') return words.connected(line.state.agent);
  return words.ended[line.state?.reason ?? 'failed'] ?? words.ended['failed'] ?? '';
}

function showLine(line: Line, words: Words, actions: ViewActions, isLast: boolean): HTMLElement {
  if (line.kind === 'state') return element('div', { class: 'line system' }, element('div', { class: 'bubble' }, stateWords(line, words)));
  const speaker = { visitor: words.you, agent: line.agent === '' ? words.agent : `${words.agent} ${line.agent}`, bot: words.bot, system: words.system }[line.from];
  const time = new Date(line.at).toLocaleTimeString(words.language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const note = line.delivery === 'sending' ? words.sending : line.delivery === 'failed' ? words.failed : line.from === 'agent' ? `${speaker} · ${time}` : time;
  return element(
    'div',
    { class: `line ${line.from}` },
    element('span', { class: 'unseen' }, `${speaker}: `),
    ...line.parts.flatMap((part) => showPart(part, actions, isLast)),
    ...(line.from === 'system' ? [] : [element('div', { class: line.delivery === 'failed' ? 'meta failed' : 'meta' }, note)]),
  );
}

/** Lines in the log: only what changed is touched, so that a screen reader reads out what is new and nothing else. */
function createLog(words: Words, actions: ViewActions) {
  const log = element('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': words.log, tabindex: '0' });
  const shown = new Map<string, { line: Line; isLast: boolean; node: HTMLElement }>();
  const intro = element('div', { class: 'line bot' });
  log.append(intro);
  return {
    log,
    render(lines: readonly Line[], greeting: string): void {
      const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
      intro.replaceChildren(element('div', { class: 'bubble' }, greeting === '' ? words.start : greeting));
      const wanted = new Set(lines.map((line) => line.key));
      for (const [key, { node }] of shown) {
        if (wanted.has(key)) continue;
        node.remove();
        shown.delete(key);
      }
      let before: Element = intro;
      for (const [index, line] of lines.entries()) {
        const isLast = index === lines.length - 1;
        const known = shown.get(line.key);
        let node = known?.node;
        if (known === undefined || known.line !== line || known.isLast !== isLast) {
          node = showLine(line, words, actions, isLast);
          known?.node.replaceWith(node);
          shown.set(line.key, { line, isLast, node });
        }
        if (node !== undefined && before.nextElementSibling !== node) before.after(node);
        before = node ?? before;
      }
      if (wasAtEnd) log.scrollTop = log.scrollHeight;
    },
  };
}

/** Builds the widget at the end of the page, in a shadow root: its styles and the page's do not meet. */
export function createView(words: Words, language: string, textBytes: () => number, actions: ViewActions): View {
  const host = element('div', { lang: language });
  const root = host.attachShadow({ mode: 'open' });
  const badge = element('span', { class: 'badge', hidden: '' });
  const launcher = element('button', { class: 'launcher', type: 'button', 'aria-label': words.open, 'aria-expanded': 'false', 'aria-controls': 'panel' }, icon(icons.chat), badge);
  const title = element('h2', { id: 'title' });
  const status = element('p', { class: 'status', role: 'status' });
  const end = element('button', { class: 'end', type: 'button', hidden: '' }, words.end);
  const close = element('button', { class: 'icon', type: 'button', 'aria-label': words.close, title: words.close }, icon(icons.close));
  const { log, render: renderLog } = createLog(words, actions);
  const input = element('textarea', { rows: '1', 'aria-label': words.placeholder, placeholder: words.placeholder, maxlength: '16000' });
  const send = element('button', { class: 'send', type: 'submit', 'aria-label': words.send, title: words.send, disabled: '' }, icon(icons.send));
  const name = element('input', { type: 'text', 'aria-label': words.name, placeholder: words.name, maxlength: '80', autocomplete: 'name' });
  const reach = element('input', { type: 'text', 'aria-label': words.reach, placeholder: words.reach, maxlength: '120', autocomplete: 'tel' });
  const sender = element('div', { class: 'sender', hidden: '' }, name, reach);
  const form = element('form', {}, sender, input, send);
  const panel = element('section', { class: 'panel', id: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: '' }, element('header', {}, element('div', { class: 'who' }, title, status), end, close), log, form);
  root.append(element('style', {}, css), panel, launcher);
  document.body.append(host);
  let shown: Shown | undefined;

  const isOpen = () => !panel.hidden;
  const isTooLong = () => new TextEncoder().encode(input.value).length > textBytes();

  function updateInput(): void {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight + 2, mostRows * 22 + 20)}px`;
    input.setCustomValidity(isTooLong() ? words.tooLong : '');
    send.disabled = input.value.trim() === '' || isTooLong() || shown?.link === 'stopped';
  }

  function setOpen(open: boolean): void {
    panel.hidden = !open;
    launcher.setAttribute('aria-expanded', String(open));
    launcher.replaceChildren(icon(open ? icons.close : icons.chat), badge);
    if (open) {
      actions.onOpen();
      updateInput();
      input.focus();
      log.scrollTop = log.scrollHeight;
    } else {
      actions.onClose();
      launcher.focus();
    }
  }

  function submit(): void {
    updateInput();
    if (send.disabled) {
      if (isTooLong()) input.reportValidity();
      return;
    }
    if (shown?.phase === 'message') {
      const given = [name, reach].map(({ value }) => value.trim()).filter((value) => value !== '');
      actions.onLeave([input.value, ...given].join('\n'));
      name.value = '';
      reach.value = '';
    } else actions.onSend(input.value);
    input.value = '';
    updateInput();
    log.scrollTop = log.scrollHeight;
  }

  /** The form of a chat, or that of a message with who leaves it. */
  function askForMessage(asks: boolean): void {
    if (sender.hidden !== asks) return;
    sender.hidden = !asks;
    form.classList.toggle('leaving', asks);
    input.setAttribute('aria-label', asks ? words.messagePlaceholder : words.placeholder);
    input.placeholder = asks ? words.messagePlaceholder : words.placeholder;
    input.rows = asks ? 3 : 1;
    send.setAttribute('aria-label', asks ? words.leave : words.send);
    send.title = asks ? words.leave : words.send;
    send.replaceChildren(asks ? words.leave : icon(icons.send));
  }

  launcher.addEventListener('click', () => {
    setOpen(!isOpen());
  });
  close.addEventListener('click', () => {
    setOpen(false);
  });
  end.addEventListener('click', () => {
    if (end.classList.contains('sure')) actions.onEnd();
    const isFirst = end.classList.toggle('sure');
    end.textContent = isFirst ? words.endSure : words.end;
    if (isFirst) {
      setTimeout(() => {
        end.classList.remove('sure');
        end.textContent = words.end;
      }, endSureMs);
    }
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  input.addEventListener('input', updateInput);
  input.addEventListener('keydown', (event) => {
    // While an input method composes (pinyin), Enter picks a candidate and sends nothing.
    // A message has lines: there Enter makes one.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || shown?.phase === 'message') return;
    event.preventDefault();
    submit();
  });
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      setOpen(false);
    } else if (event.key === 'Tab') keepFocus(event, panel, root);
  });

  return {
    isOpen,
    render(next) {
      shown = next;
      title.textContent = next.title;
      const text = { none: '', waiting: words.waiting, message: words.message, left: words.left, connected: words.connected(next.agent), ended: '' }[next.phase];
      const trouble = next.link === 'stopped' ? words.unavailable : next.link === 'down' ? words.offline : '';
      status.textContent = trouble === '' ? text : trouble;
      status.hidden = status.textContent === '';
      status.dataset['phase'] = trouble === '' ? next.phase : 'offline';
      end.hidden = next.phase !== 'waiting' && next.phase !== 'connected';
      askForMessage(next.phase === 'message');
      badge.hidden = next.unread === 0 || isOpen();
      badge.textContent = next.unread > 99 ? '99+' : String(next.unread);
      launcher.setAttribute('aria-label', isOpen() ? words.close : next.unread === 0 ? words.open : `${words.open}, ${words.unread(next.unread)}`);
      renderLog(next.lines, next.greeting);
      updateInput();
    },
  };
}

/** Keeps the keyboard inside the open panel; Escape is the way out. */
function keepFocus(event: KeyboardEvent, panel: HTMLElement, root: ShadowRoot): void {
  const stops = [...panel.querySelectorAll<HTMLElement>('button, textarea, input, a[href], [tabindex="0"]')].filter((stop) => stop.closest('[hidden]') === null && !(stop as HTMLButtonElement).disabled);
  const from = event.shiftKey ? stops[0] : stops.at(-1);
  if (root.activeElement !== from) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
}
