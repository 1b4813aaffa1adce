import { randomBytes } from 'node:crypto';
import type { ChannelAdapter, ChannelHost, ChannelManifest } from '@patchbay/channel-kit/channel-adapter';
import { Capabilities, IdempotentSend, Support } from '@patchbay/contracts/channel/v1/capabilities';
import { AppError } from '@patchbay/runtime/app-error';
import { createContactFeeds } from './contact-feed.ts';
import { isOriginAllowed } from './domain/origins.ts';
import type { Rate } from './domain/token-bucket.ts';
import { webChatMetrics } from './metrics.ts';
import type { ContactFacts, StateStore, VisitorSocket } from './ports.ts';
import { createPresence, type Presence } from './presence.ts';
import { openSession, type Session } from './session.ts';
import { createVisitorRegistry } from './visitor-registry.ts';
import type { AgentNumbers } from './visitor-story.ts';
import { createVisitorTokens } from './visitor-token.ts';

/** What the listening side calls. */
export interface Visitors {
  /** Whether a page of this origin may use any widget: the cheap check before the upgrade. */
  isOriginKnown(origin: string | undefined): boolean;
  /** A connection was opened. */
  accept(socket: VisitorSocket): Session;
  /** Widget keys with their titles, for the demo page. */
  widgets(): readonly { key: string; title: string }[];
}

/** A server that takes connections. */
export interface Listening {
  /** Takes no more connections, drains those there are and closes. */
  close(): Promise<void>;
}

/** What the channel stands on. */
export interface WebChatOptions {
  readonly facts: ContactFacts;
  readonly store: StateStore;
  readonly agentNumbers: AgentNumbers;
  readonly listen: (visitors: Visitors) => Promise<Listening>;
  readonly messageRate: Rate;
  readonly awayLimit: { waitingMs: number; connectedMs: number };
}

const secretKey = 'webchat-visitor-secret';
const native = ['text', 'choice', 'choice_reply', 'link'];
const degraded = ['html', 'media', 'location', 'unsupported'];

/** What web chat is. A message is sent by becoming a fact, so sending it again is harmless. */
export const webChatManifest: ChannelManifest = {
  channel: 'webchat',
  identityType: 'visitor',
  capabilities: Capabilities.fromPartial({
    channel: 'webchat',
    kinds: [...native.map((kind) => ({ kind, support: Support.NATIVE })), ...degraded.map((kind) => ({ kind, support: Support.DEGRADED }))],
    maxTextBytes: 16 * 1024,
    maxOptions: 20,
    idempotentSend: IdempotentSend.KEY,
    labels: { en: 'Web chat', 'zh-CN': '网页聊天' },
  }),
  grouping: 'whole',
  indexMessages: false,
  conversationGapMs: 24 * 3_600_000,
  sending: { attemptMs: 1_000, maxAttempts: 1, backoff: { firstMs: 100, limitMs: 1_000 } },
};

/** The secret that signs visitor tokens: made once by the first replica that asks. */
async function readSecret(store: StateStore): Promise<Uint8Array> {
  const known = await store.get(secretKey);
  if (known !== undefined) return known.value;
  const secret = randomBytes(32);
  try {
    await store.create(secretKey, secret);
    return secret;
  } catch (thrown) {
    if (AppError.from(thrown).code !== 'BUS_CONFLICT') throw thrown;
    return (await store.get(secretKey))?.value ?? readSecret(store);
  }
}

/** Creates the channel of web chat. Connections push their messages themselves, so there is nothing to decode. */
export function createWebChatChannel(options: WebChatOptions): ChannelAdapter {
  const { facts, store, agentNumbers, messageRate } = options;
  let listening: Listening | undefined;
  let presence: Presence | undefined;
  let closeFeeds = () => {};

  async function start(host: ChannelHost): Promise<void> {
    const { log, clock, metrics } = host;
    const tokens = createVisitorTokens(await readSecret(store), () => clock.nowMs());
    const feeds = createContactFeeds({ facts, agentNumbers, log });
    closeFeeds = () => {
      feeds.close();
    };
    const visitors = createVisitorRegistry();
    const stage = async (tenant: string, contactId: string) => {
      const story = await facts.read(tenant, contactId);
      if (story.some((fact) => fact.type === 'patchbay.contact.v1.ContactEnded')) return undefined;
      return story.some((fact) => fact.type === 'patchbay.contact.v1.ContactConnected');
    };
    presence = createPresence({
      store,
      replica: host.ids.next(),
      awayLimit: options.awayLimit,
      isServed: stage,
      end: (tenant, contactId) => host.customerLeft({ tenant, contactId }),
      clock,
      log,
    });
    const refusals = metrics.counter(webChatMetrics.webchat_refused_total);
    const session = {
      host, tokens, feeds, facts, agentNumbers, visitors, presence, messageRate, clock, log,
      refused: (code: string) => {
        refusals.inc({ code });
      },
    };
    const connections = metrics.gauge(webChatMetrics.webchat_connections);
    listening = await options.listen({
      isOriginKnown: (origin) => host.entryPoints().some((entry) => isOriginAllowed(entry.settings['origins'] ?? '', origin)),
      widgets: () => host.entryPoints().map(({ address, titles, settings }) => ({ key: address, title: titles['en'] ?? settings['title'] ?? address })),
      accept(socket) {
        connections.inc();
        const opened = openSession(session, socket);
        let isOpen = true;
        return {
          ...opened,
          onClose() {
            if (isOpen) connections.dec();
            isOpen = false;
            opened.onClose();
          },
        };
      },
    });
  }

  return {
    manifest: webChatManifest,
    start,
    // The kit writes MessageSent after this, and the connections follow the facts: there is nobody else to call.
    send: ({ messageId }) => Promise.resolve({ kind: 'sent', platformMessageId: messageId }),
    async stop() {
      await listening?.close();
      await presence?.stop();
      closeFeeds();
    },
  };
}
