import { expect, test } from '@jest/globals';
import type { AdapterUnderTest, SampleText } from '@patchbay/channel-kit/conformance/adapter-under-test';
import { formatVerdicts, runConformance } from '@patchbay/channel-kit/conformance/run-conformance';
import type { Content } from '@patchbay/contracts/message/v1/content';
import { MediaKind } from '@patchbay/contracts/message/v1/content';
import { AppError } from '@patchbay/runtime/app-error';
import { deterministicId } from '@patchbay/runtime/ids';
import type { ServerFrame } from './domain/frames.ts';
import { webChatError } from './errors.ts';
import type { ContactFacts, StateStore } from './ports.ts';
import { createWebChatChannel, type Visitors } from './web-chat-channel.ts';

const text = (words: string): Content => ({ part: { $case: 'text', value: { text: words } } });
const file: Content = { part: { $case: 'media', value: { kind: MediaKind.FILE, caption: '', object: { object: 'o', sha256: '', sizeBytes: 1n, mime: 'application/pdf', name: 'bill.pdf' } } } };

/** Stories that nobody follows: these checks look at the bus itself. */
const noStories: ContactFacts = {
  read: () => Promise.resolve([]),
  async *follow(_tenant, _contactId, signal) {
    yield* [];
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
  },
};

/** What all replicas share: the state bucket, and the tokens that visitors keep. */
function shared(): { store: StateStore; tokens: Map<string, string> } {
  const values = new Map<string, { value: Uint8Array; revision: number }>();
  let revision = 0;
  const put = (key: string, value: Uint8Array) => {
    revision += 1;
    values.set(key, { value, revision });
    return Promise.resolve(revision);
  };
  const store: StateStore = {
    get: (key) => Promise.resolve(values.get(key)),
    create: put,
    put,
    delete: (key) => Promise.resolve(void values.delete(key)),
    keys: (prefix) => Promise.resolve([...values.keys()].filter((key) => key.startsWith(`${prefix}.`))),
  };
  return { store, tokens: new Map() };
}

/** One frame over a connection of its own; resolves with the answer to it. */
function overSocket(visitors: Visitors, first: object, second: object, token: string | undefined): Promise<{ answer: ServerFrame; token: string }> {
  return new Promise((resolve) => {
    let given = token ?? '';
    const session = visitors.accept({
      origin: 'https://page.test',
      bufferedBytes: () => 0,
      close: () => {},
      send(frameText) {
        const frame = JSON.parse(frameText) as ServerFrame;
        if (frame.type === 'welcome') given = frame.visitorToken;
        else if (frame.type === 'live') session.onText(JSON.stringify(second));
        else if (frame.type === 'accepted' || frame.type === 'rejected' || frame.type === 'error') {
          resolve({ answer: frame, token: given });
          session.onClose();
        }
      },
    });
    session.onText(JSON.stringify({ type: 'hello', protocol: 1, widgetKey: 'W1', ...(token === undefined ? {} : { visitorToken: token }), ...first }));
  });
}

/** What a delivery is on this channel: a visitor's hello and message. */
interface Wire {
  readonly from: string;
  readonly hello?: object;
  readonly message: object;
}

const wireOf = ({ id, from, text: words }: SampleText): Wire => ({ from, message: { type: 'message', clientMsgId: deterministicId(1, id), text: words } });

function webChat(): AdapterUnderTest<never> {
  const { store, tokens } = shared();
  let current: Visitors | undefined;
  const byHost = new WeakMap<object, Visitors>();
  return {
    create() {
      const sent: { to: string; text: string }[] = [];
      const channel = createWebChatChannel({
        facts: noStories,
        store,
        agentNumbers: () => '',
        messageRate: { burst: 1000, perSecond: 1000 },
        awayLimit: { waitingMs: 60_000, connectedMs: 60_000 },
        listen(visitors) {
          current = visitors;
          return Promise.resolve({ close: () => Promise.resolve() });
        },
      });
      const adapter = {
        ...channel,
        async start(host: Parameters<typeof channel.start>[0]) {
          await channel.start(host);
          if (current !== undefined) byHost.set(host, current);
        },
        send(request: Parameters<typeof channel.send>[0]) {
          sent.push({ to: request.contact.customer.address, text: request.content.map(({ part }) => (part?.$case === 'text' ? part.value.text : '')).join('') });
          return channel.send(request);
        },
      };
      return Promise.resolve({ adapter, platform: { calls: () => sent.length, received: () => sent, script: (answer) => answer === 'take' } });
    },
    entryPoint: { address: 'W1', settings: { origins: '*' } },
    async deliver(host, raw) {
      const wire = raw as Wire;
      const visitors = byHost.get(host);
      if (visitors === undefined) throw webChatError('WEBCHAT_UNAVAILABLE');
      const { answer, token } = await overSocket(visitors, wire.hello ?? {}, wire.message, tokens.get(wire.from));
      if (wire.hello === undefined) tokens.set(wire.from, token);
      if (answer.type === 'accepted') return;
      const { code, message } = answer as { code: string; message: string };
      throw new AppError(code, { status: 'unavailable', meaning: message, remedy: '' });
    },
    samples: {
      text: (sample) => wireOf(sample) as never,
      golden: [],
      forged: [
        { name: 'an invented token', raw: { ...wireOf({ id: 'f', from: 'x', text: 'x' }), hello: { visitorToken: 'v1.e30.AAAA' } } as never },
        { name: 'an empty token', raw: { ...wireOf({ id: 'f', from: 'x', text: 'x' }), hello: { visitorToken: '' } } as never },
      ],
      oversize: [{ name: 'a text over the limit', raw: wireOf({ id: 'o', from: 'a', text: 'x'.repeat(20_000) }) as never }],
    },
    degraded: [
      { name: 'a text', content: [text('您好')], shown: [text('您好')], degradations: [] },
      { name: 'a file', content: [file], shown: [text('[文件] bill.pdf')], degradations: ['media_as_text'] },
    ],
    needsDegrading: { content: [file] },
  };
}

test('web chat keeps the rules of the channel port', async () => {
  const verdicts = await runConformance(webChat());
  expect(formatVerdicts(verdicts.filter(({ verdict }) => verdict === 'fail'))).toBe('');
  expect(verdicts.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id)).toEqual([2, 5, 6, 7, 9, 12, 13, 14, 19, 20, 21, 22, 23, 31, 35, 37, 42, 44, 45]);
});
