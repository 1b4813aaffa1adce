import { createHmac, timingSafeEqual } from 'node:crypto';
import { Capabilities, IdempotentSend, Support } from '@patchbay/contracts/channel/v1/capabilities';
import { MediaKind, type Content } from '@patchbay/contracts/message/v1/content';
import { Trust } from '@patchbay/contracts/message/v1/message_event';
import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';
import type { ChannelAdapter, ChannelHost, ChannelManifest, InboundMessage, SendOutcome, SendRequest } from '../channel-adapter.ts';

/** Errors of the demo channel. */
export const pagerErrors = {
  PAGER_BAD_SIGNATURE: { status: 'unauthenticated', meaning: 'The signature does not fit the body.', remedy: 'Sign with the shared secret.' },
  PAGER_BAD_BODY: { status: 'invalid_argument', meaning: 'The body is no page.', remedy: 'Send JSON with account, from, id and text.' },
  PAGER_TOO_BIG: { status: 'invalid_argument', meaning: 'The body is over 16 KiB.', remedy: 'Send less.' },
} as const satisfies Record<string, ErrorDefinition>;
const pagerError = errorsOf(pagerErrors);

/** One delivery of the demo platform: a JSON body and its HMAC-SHA-256 in hex. */
export interface Page {
  readonly body: Uint8Array;
  readonly signature: string;
}

/** The demo platform: takes pages, answers as it is told to. */
export interface PagerPlatform {
  /** Pages that customers got, in order. */
  readonly received: { to: string; text: string; key: string; at: number }[];
  /** Calls that came, answered or not. */
  calls(): number;
  /** Decides the answer of each call; default: it is taken. */
  answer: (request: SendRequest) => 'take' | 'take_and_lose_answer' | 'busy' | 'refuse' | 'hang' | 'throw';
  /** Signs a body as the platform does. */
  sign(body: Uint8Array): string;
}

/** How the demo channel differs from test to test. */
export interface PagerOptions {
  /** Settings of the entry point. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly isLetter?: boolean;
  readonly idempotentSend?: IdempotentSend;
  readonly grouping?: 'whole' | 'each';
  readonly windowMessages?: number;
  readonly windowSeconds?: number;
  readonly maxAttempts?: number;
  readonly attemptMs?: number;
  readonly conversationGapMs?: number;
  readonly perSecond?: number;
}

const secret = 'pager-secret';
const maxBodyBytes = 16 * 1024;

/** The demo platform. */
export function createPagerPlatform(): PagerPlatform & { take(request: SendRequest): Promise<SendOutcome>; find(key: string): boolean } {
  const received: PagerPlatform['received'] = [];
  let calls = 0;
  const platform = {
    received,
    calls: () => calls,
    answer: (() => 'take') as PagerPlatform['answer'],
    sign: (body: Uint8Array) => createHmac('sha256', secret).update(body).digest('hex'),
    find: (key: string) => received.some((page) => page.key === key),
    async take(request: SendRequest): Promise<SendOutcome> {
      calls += 1;
      await Promise.resolve();
      const answer = platform.answer(request);
      if (answer === 'busy') return { kind: 'failed', code: 'PAGER_BUSY', retryable: true, platformCode: '-1' };
      if (answer === 'refuse') return { kind: 'failed', code: 'PAGER_REFUSED', retryable: false, platformCode: '4001' };
      if (answer === 'throw') throw new Error('socket hang up');
      if (answer === 'hang') return new Promise<SendOutcome>(() => {});
      const text = request.content.map(({ part }) => (part?.$case === 'text' ? part.value.text : `<${part?.$case ?? ''}>`)).join('|');
      // A platform that knows keys stores one page a key.
      if (!platform.find(request.idempotencyKey)) received.push({ to: request.contact.customer.address, text, key: request.idempotencyKey, at: Date.now() });
      return answer === 'take_and_lose_answer' ? { kind: 'unknown', code: 'CHANNEL_ANSWER_LOST' } : { kind: 'sent', platformMessageId: `page-${received.length}` };
    },
  };
  return platform;
}

function manifestOf(options: PagerOptions): ChannelManifest {
  const native = ['text', 'media.image'];
  const degraded = ['html', 'choice', 'choice_reply', 'link', 'location', 'media', 'unsupported'];
  return {
    channel: 'pager',
    identityType: 'pager_no',
    capabilities: Capabilities.fromPartial({
      channel: 'pager',
      kinds: [...native.map((kind) => ({ kind, support: Support.NATIVE })), ...degraded.map((kind) => ({ kind, support: Support.DEGRADED }))],
      maxTextBytes: 240,
      idempotentSend: options.idempotentSend ?? IdempotentSend.NONE,
      windowMessages: options.windowMessages ?? 0,
      windowSeconds: BigInt(options.windowSeconds ?? 0),
      labels: { en: 'Pager', 'zh-CN': '寻呼' },
    }),
    grouping: options.grouping ?? 'each',
    indexMessages: true,
    conversationGapMs: options.conversationGapMs ?? 86_400_000,
    isLetter: options.isLetter ?? false,
    sending: {
      attemptMs: options.attemptMs ?? 200,
      maxAttempts: options.maxAttempts ?? 3,
      backoff: { firstMs: 1, limitMs: 4 },
      ...(options.perSecond === undefined ? {} : { perSecond: options.perSecond }),
    },
  };
}

function decodeContent(page: Record<string, unknown>): Content[] {
  if (typeof page['text'] === 'string') return [{ part: { $case: 'text', value: { text: page['text'] } } }];
  if (typeof page['image'] === 'string') return [{ part: { $case: 'media', value: { kind: MediaKind.IMAGE, caption: '', object: undefined } } }];
  const kind = typeof page['kind'] === 'string' ? page['kind'] : 'unknown';
  return [{ part: { $case: 'unsupported', value: { kind, raw: undefined, text: '' } } }];
}

/** Reads and checks one page. */
export function decodePage(platform: Pick<PagerPlatform, 'sign'>, { body, signature }: Page): readonly InboundMessage[] {
  if (body.length > maxBodyBytes) throw pagerError('PAGER_TOO_BIG');
  const wanted = Buffer.from(platform.sign(body));
  const given = Buffer.from(signature);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw pagerError('PAGER_BAD_SIGNATURE');
  let page: Record<string, unknown>;
  try {
    page = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Record<string, unknown>;
  } catch (error) {
    throw pagerError('PAGER_BAD_BODY', { cause: error });
  }
  const { account, from, id } = page ?? {};
  if (typeof account !== 'string' || typeof from !== 'string' || typeof id !== 'string') throw pagerError('PAGER_BAD_BODY');
  return [
    {
      account,
      sender: { address: from, verified: true },
      dedupKey: id,
      platformMessageId: id,
      content: decodeContent(page),
      trust: Trust.VERIFIED,
      ...(typeof page['at'] === 'number' ? { platformTime: new Date(page['at']) } : {}),
      ...(typeof page['thread'] === 'string' ? { thread: page['thread'] } : {}),
      ...(page['silent'] === true ? { effect: 'append' as const } : {}),
    },
  ];
}

/** The demo channel: the smallest whole adapter. `host` is what the kit gave it. */
export function createPagerAdapter(platform: ReturnType<typeof createPagerPlatform>, options: PagerOptions = {}): ChannelAdapter<Page> & { host(): ChannelHost<Page> } {
  let host: ChannelHost<Page> | undefined;
  return {
    manifest: manifestOf(options),
    host() {
      if (host === undefined) throw new Error('the channel was not started');
      return host;
    },
    start(given) {
      host = given;
      return Promise.resolve();
    },
    decode: (page) => Promise.resolve(decodePage(platform, page)),
    send: (request) => platform.take(request),
    lookUp: (request) => Promise.resolve(platform.find(request.idempotencyKey) ? { kind: 'sent', platformMessageId: 'found' } : undefined),
    stop: () => Promise.resolve(),
  };
}
