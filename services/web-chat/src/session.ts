import type { ChannelHost, EntryPointView, InboundMessage } from '@patchbay/channel-kit/channel-adapter';
import type { Content } from '@patchbay/contracts/message/v1/content';
import { Trust } from '@patchbay/contracts/message/v1/message_event';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { ContactFeeds } from './contact-feed.ts';
import { limits, protocolVersion, type HelloFrame, type MessageFrame, type ServerFrame, type StoryFrame, type VisitorState } from './domain/frames.ts';
import { isOriginAllowed } from './domain/origins.ts';
import { parseFrame } from './domain/parse-frame.ts';
import { fullBucket, takeToken, type Rate } from './domain/token-bucket.ts';
import { webChatErrors, type WebChatCode } from './errors.ts';
import type { ContactFacts, VisitorSocket } from './ports.ts';
import type { Presence } from './presence.ts';
import type { VisitorRegistry } from './visitor-registry.ts';
import { noContact, tellVisitor, type AgentNumbers } from './visitor-story.ts';
import { newVisitorId, type Visitor, type VisitorTokens } from './visitor-token.ts';

/** What connections stand on. */
export interface SessionDependencies {
  readonly host: Pick<ChannelHost, 'receive' | 'customerLeft' | 'messageLeft' | 'currentContact' | 'entryPoint'>;
  readonly tokens: VisitorTokens;
  readonly feeds: ContactFeeds;
  readonly facts: ContactFacts;
  readonly agentNumbers: AgentNumbers;
  readonly visitors: VisitorRegistry;
  readonly presence: Presence;
  readonly messageRate: Rate;
  readonly clock: Clock;
  readonly log: Logger;
  /** Counts a frame that was refused. */
  readonly refused: (code: string) => void;
}

/** One connection's side of the protocol. */
export interface Session {
  /** A text frame came. */
  onText(text: string): void;
  /** A binary frame came. */
  onBinary(): void;
  /** The connection is gone. */
  onClose(): void;
  /** Finishes what is in hand, says when to come back and closes with 1012. */
  drain(retryAfterMs: number): Promise<void>;
}

const helloTimeoutMs = 10_000;
const checkEveryMs = 5_000;
const slowReaderBytes = 1024 * 1024;
const waitingFrames = 64;
const maxFaults = 20;

/** Close codes of RFC 6455 section 7.4 and the private range. */
export const closeCodes = { policy: 1008, error: 1011, restart: 1012, tryLater: 1013, hello: 4400, token: 4401, origin: 4403, widget: 4404, silent: 4408 } as const;

interface Guest {
  readonly visitor: Visitor;
  readonly entry: EntryPointView;
  readonly hello: HelloFrame;
}

/** Opens the server's side of a connection. Frames are handled one after another. */
export function openSession(dependencies: SessionDependencies, socket: VisitorSocket): Session {
  const { host, tokens, feeds, visitors, presence, clock, log } = dependencies;
  const bucket = fullBucket(dependencies.messageRate, clock.monotonicMs());
  let guest: Guest | undefined;
  let isClosed = false;
  let faults = 0;
  let waiting = 0;
  let heardMs = clock.monotonicMs();
  let tail: Promise<void> = Promise.resolve();
  let attached: { contactId: string; close: () => void } | undefined;
  let leaveVisitor = () => {};
  let stopTimer = clock.setTimer(helloTimeoutMs, () => {
    if (guest === undefined) fail('WEBCHAT_HELLO_TIMEOUT', closeCodes.hello);
  });

  function send(frame: ServerFrame): void {
    if (isClosed) return;
    const text = JSON.stringify(frame);
    if (socket.bufferedBytes() + text.length > slowReaderBytes) close(closeCodes.tryLater, 'WEBCHAT_SLOW_READER');
    else socket.send(text);
  }

  function close(code: number, reason: string): void {
    if (isClosed) return;
    socket.close(code, reason);
    onClose();
  }

  /** Tells of a frame that had no effect, and closes when a close code is given. */
  function fail(code: WebChatCode, closeCode?: number, field?: string): void {
    dependencies.refused(code);
    send({ type: 'error', code, message: webChatErrors[code].meaning, fatal: closeCode !== undefined, ...(field === undefined ? {} : { field }) });
    if (closeCode !== undefined) close(closeCode, code);
    else if ((faults += 1) > maxFaults) {
      send({ type: 'error', code: 'WEBCHAT_TOO_MANY_FAULTS', message: webChatErrors.WEBCHAT_TOO_MANY_FAULTS.meaning, fatal: true });
      close(closeCodes.policy, 'WEBCHAT_TOO_MANY_FAULTS');
    }
  }

  function onClose(): void {
    if (isClosed) return;
    isClosed = true;
    stopTimer();
    attached?.close();
    leaveVisitor();
  }

  function checkSilence(): void {
    stopTimer = clock.setTimer(checkEveryMs, () => {
      if (clock.monotonicMs() - heardMs > limits.silenceMs) fail('WEBCHAT_SILENT', closeCodes.silent);
      else checkSilence();
    });
  }

  /** Runs after everything that came before. A fault of the surroundings ends the connection: the client comes back. */
  function enqueue(task: () => Promise<void>): void {
    if (waiting >= waitingFrames) {
      fail('WEBCHAT_TOO_FAST', closeCodes.tryLater);
      return;
    }
    waiting += 1;
    tail = tail.then(async () => {
      try {
        if (!isClosed) await task();
      } catch (thrown) {
        log.warn('frame was not handled', { error: AppError.from(thrown) });
        fail('WEBCHAT_UNAVAILABLE', closeCodes.error);
      } finally {
        waiting -= 1;
      }
    });
  }

  /** Sends what the client does not have, or starts it anew when that is too much. */
  function fillGap(contactId: string, frames: readonly StoryFrame[], lastSeq: number, isCut: boolean): void {
    const missed = frames.filter((frame) => frame.seq > lastSeq);
    const first = frames[0]?.seq ?? 0;
    const isAhead = lastSeq > 0 && lastSeq > (frames.at(-1)?.seq ?? 0);
    if (missed.length <= limits.gapFrames && !isAhead && (!isCut || lastSeq >= first)) {
      for (const frame of missed) send(frame);
      return;
    }
    send({ type: 'reset', contactId });
    for (const frame of frames.slice(-limits.snapshotFrames)) send(frame);
  }

  /** Follows a contact in place of the one before. */
  async function attach(contactId: string, lastSeq: number, fallback: VisitorState = noContact): Promise<void> {
    if (guest === undefined || attached?.contactId === contactId) return;
    const { tenant } = guest.visitor;
    attached?.close();
    attached = undefined;
    const stopFeed = await feeds.open(tenant, contactId, {
      onReplay(frames, state, isCut) {
        fillGap(contactId, frames, lastSeq, isCut);
        const shown = state.phase === 'none' ? fallback : state;
        send({ type: 'live', contactId, seq: frames.at(-1)?.seq ?? lastSeq, ...shown });
        if (shown.phase !== 'ended') presence.enter(tenant, contactId);
      },
      onFrame(frame, state) {
        send(frame);
        if (state.phase === 'ended') presence.forget(contactId);
      },
    });
    attached = {
      contactId,
      close() {
        stopFeed();
        presence.leave(tenant, contactId);
      },
    };
    if (isClosed) attached.close();
  }

  /** The end of an earlier contact of this visitor that the client has not seen. */
  async function finishEarlier(visitor: Visitor, { contactId, lastSeq }: { contactId: string; lastSeq: number }): Promise<void> {
    const facts = await dependencies.facts.read(visitor.tenant, contactId);
    const isTheirs = facts.some((fact) => fact.type === 'patchbay.contact.v1.ContactStarted' && fact.event.channel === 'webchat' && fact.event.customer?.address === visitor.visitorId);
    if (!isTheirs) return;
    let state = noContact;
    for (const fact of facts) {
      const told = tellVisitor(state, fact, dependencies.agentNumbers);
      state = told.state;
      if (told.frame !== undefined && told.frame.seq > lastSeq) send(told.frame);
    }
  }

  function admit(hello: HelloFrame): Guest | undefined {
    const entry = host.entryPoint(hello.widgetKey);
    if (entry === undefined) {
      fail('WEBCHAT_UNKNOWN_WIDGET', closeCodes.widget, 'widgetKey');
      return undefined;
    }
    if (!isOriginAllowed(entry.settings['origins'] ?? '', socket.origin)) {
      fail('WEBCHAT_ORIGIN_REFUSED', closeCodes.origin);
      return undefined;
    }
    const account = entry.address;
    if (hello.visitorToken === undefined) return { entry, hello, visitor: { tenant: entry.tenant, account, visitorId: newVisitorId() } };
    const checked = tokens.check(hello.visitorToken);
    if (checked === undefined || checked.visitor.tenant !== entry.tenant || checked.visitor.account !== account) {
      fail('WEBCHAT_BAD_TOKEN', closeCodes.token, 'visitorToken');
      return undefined;
    }
    return { entry, hello, visitor: checked.visitor };
  }

  async function onHello(hello: HelloFrame): Promise<void> {
    if (guest !== undefined) {
      fail('WEBCHAT_HELLO_TWICE');
      return;
    }
    guest = admit(hello);
    if (guest === undefined) return;
    const { visitor, entry } = guest;
    stopTimer();
    checkSilence();
    leaveVisitor = visitors.join(visitor, {
      contactOpened: (contactId) => {
        enqueue(() => attach(contactId, 0));
      },
    });
    const language = hello.language ?? '';
    const localized = (name: string) => entry.settings[`${name}.${language}`] ?? entry.settings[name] ?? '';
    send({
      type: 'welcome',
      protocol: protocolVersion,
      visitorToken: hello.visitorToken !== undefined && tokens.check(hello.visitorToken)?.isOld === false ? hello.visitorToken : tokens.issue(visitor),
      title: entry.titles[language] ?? localized('title'),
      greeting: localized('greeting'),
      limits: { textBytes: limits.textBytes, pingMs: limits.pingMs, silenceMs: limits.silenceMs },
    });
    const current = await host.currentContact({ account: visitor.account, thread: visitor.visitorId });
    const { resume } = hello;
    if (resume !== undefined && resume.contactId !== current?.contactId) await finishEarlier(visitor, resume);
    if (current === undefined) send({ type: 'live', contactId: '', seq: 0, ...noContact });
    else {
      const phase = current.ended ? 'ended' : current.agentId === '' ? 'waiting' : 'connected';
      await attach(current.contactId, resume?.contactId === current.contactId ? resume.lastSeq : 0, { phase, agent: '', reason: '' });
    }
  }

  function inboundOf({ visitor, hello }: Guest, frame: MessageFrame): InboundMessage {
    const part: Content['part'] =
      frame.choice === undefined ? { $case: 'text', value: { text: frame.text ?? '' } } : { $case: 'choiceReply', value: frame.choice };
    return {
      account: visitor.account,
      sender: { address: visitor.visitorId, verified: true, ...(hello.name === undefined ? {} : { displayName: hello.name }) },
      dedupKey: `${visitor.visitorId}:${frame.clientMsgId}`,
      platformMessageId: frame.clientMsgId,
      content: [{ part }],
      trust: Trust.VERIFIED,
      attributes: {
        ...(hello.language === undefined ? {} : { language: hello.language }),
        ...(hello.page === undefined ? {} : { page: hello.page }),
      },
    };
  }

  async function onMessage(frame: MessageFrame): Promise<void> {
    if (guest === undefined) return;
    const { clientMsgId } = frame;
    const reject = (code: string, message: string, retryable: boolean, retryAfterMs?: number) => {
      dependencies.refused(code);
      send({ type: 'rejected', clientMsgId, code, message, retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    };
    const waitMs = takeToken(bucket, dependencies.messageRate, clock.monotonicMs());
    if (waitMs > 0) {
      reject('WEBCHAT_TOO_FAST', webChatErrors.WEBCHAT_TOO_FAST.meaning, true, waitMs);
      return;
    }
    try {
      // Durable, and once however often it is sent: the kit removes duplicates by the dedup key for seven days.
      const received = await host.receive(inboundOf(guest, frame));
      if (received.kind === 'ignored') return;
      const { contactId, messageId, sequence, kind } = received;
      // Before the answer: a client that does not get it sends the message again, and closes it then.
      if (frame.whole === true) await host.messageLeft({ tenant: guest.visitor.tenant, contactId });
      send({ type: 'accepted', clientMsgId, contactId, messageId, seq: sequence, duplicate: kind === 'duplicate' });
      if (kind === 'accepted' && attached?.contactId !== contactId) visitors.contactOpened(guest.visitor, contactId);
    } catch (thrown) {
      const error = AppError.from(thrown);
      log.warn('message was not taken', { error });
      reject(error.retryable ? 'WEBCHAT_UNAVAILABLE' : error.code, error.message, error.retryable);
    }
  }

  async function onEnd(): Promise<void> {
    if (guest !== undefined && attached !== undefined) await host.customerLeft({ tenant: guest.visitor.tenant, contactId: attached.contactId });
  }

  function onText(text: string): void {
    heardMs = clock.monotonicMs();
    const parsed = parseFrame(text);
    if (!parsed.ok) {
      const { code, field, clientMsgId } = parsed;
      if (clientMsgId === undefined || guest === undefined) fail(code, code === 'WEBCHAT_BAD_PROTOCOL' ? closeCodes.hello : undefined, field);
      else {
        dependencies.refused(code);
        send({ type: 'rejected', clientMsgId, code, message: webChatErrors[code].meaning, retryable: false });
      }
      return;
    }
    const { frame } = parsed;
    if (frame.type === 'ping') send({ type: 'pong' });
    else if (frame.type === 'hello') enqueue(() => onHello(frame));
    else
      enqueue(async () => {
        if (guest === undefined) fail('WEBCHAT_HELLO_FIRST');
        else if (frame.type === 'message') await onMessage(frame);
        else await onEnd();
      });
  }

  return {
    onText,
    onBinary() {
      heardMs = clock.monotonicMs();
      fail('WEBCHAT_BINARY_FRAME');
    },
    onClose,
    async drain(retryAfterMs) {
      await tail;
      send({ type: 'drain', retryAfterMs });
      close(closeCodes.restart, 'WEBCHAT_DRAINING');
    },
  };
}
