import { isDeepStrictEqual } from 'node:util';
import { Trust } from '@patchbay/contracts/message/v1/message_event';
import { AppError } from '@patchbay/runtime/app-error';
import type { InboundMessage } from '../channel-adapter.ts';
import { demand, type Check } from './check.ts';
import { nameOf } from './harness.ts';

const boundedMs = 5_000;

/** Code of the error that a promise ends with; undefined when it does not. */
async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return AppError.from(error).code;
  }
}

/** Fields of the message that differ from what is wanted. */
function differences(wanted: Partial<InboundMessage>, seen: InboundMessage | undefined): string[] {
  const fields = Object.keys(wanted) as (keyof InboundMessage)[];
  return fields.filter((field) => !isDeepStrictEqual(wanted[field], seen?.[field]));
}

/** Texts that break careless code, by name. */
const encodings: Readonly<Record<string, string>> = {
  emoji: '👨‍👩‍👧‍👦 family',
  'cjk extension B': '𠮷野家 𪚥',
  'right to left': 'שלום مرحبا',
  'gb18030 four bytes': '㐀䶵€',
  markup: '<b>&amp;</b> ]]> <![CDATA[ "quotes" \'single\'',
  'line ends': 'one\ntwo',
};

/** Checks of what comes in. Numbers are those of the channel conformance list and never change. */
export const inboundChecks: readonly Check[] = [
  {
    id: 1,
    title: 'valid samples decode to what is wanted',
    async run({ subject, harness }) {
      const { adapter } = await harness.start();
      if (adapter.decode === undefined) return { skip: 'the adapter pushes decoded messages' };
      for (const { name, raw, messages } of subject.samples.golden) {
        const seen = await adapter.decode(raw);
        demand(seen.length === messages.length, `${name}: ${seen.length} messages, wanted ${messages.length}`);
        for (const [index, wanted] of messages.entries()) {
          const fields = differences(wanted, seen[index]);
          demand(fields.length === 0, `${name}: message ${index} differs in ${fields.join(', ')}`);
        }
      }
      return `${subject.samples.golden.length} samples`;
    },
  },
  {
    id: 2,
    title: 'a delivery that is not genuine is refused and publishes nothing',
    async run({ subject, harness }) {
      if (subject.samples.forged.length === 0) return { skip: 'the platform does not sign' };
      const replica = await harness.start();
      const codes = [];
      for (const { name, raw } of subject.samples.forged) {
        const code = await codeOf(replica.deliver(raw));
        demand(code !== undefined && !code.startsWith('RUNTIME_'), `${name}: ${code ?? 'was taken'}`);
        codes.push(code);
      }
      demand(harness.bus.facts().length === 0, `published ${harness.bus.facts().map(nameOf).join(', ')}`);
      return [...new Set(codes)].join(', ');
    },
  },
  {
    id: 4,
    title: 'an old request sent again is refused',
    async run({ subject, harness }) {
      const { replayed } = subject.samples;
      if (replayed === undefined) return { skip: 'requests of the platform carry no time' };
      const code = await codeOf((await harness.start()).deliver(replayed));
      demand(code !== undefined, 'was taken');
      demand(harness.bus.facts().length === 0, 'published facts');
      return code;
    },
  },
  {
    id: 5,
    title: 'the same delivery three times is one message',
    async run({ harness }) {
      const replica = await harness.start();
      for (let time = 0; time < 3; time += 1) await replica.deliver(await harness.text({ id: '5', from: 'a', text: 'x' }));
      demand(harness.received().length === 1, `${harness.received().length} messages`);
      return harness.bus.facts().map(nameOf).join(', ');
    },
  },
  {
    id: 6,
    title: 'the same delivery fifty times at once on two replicas is one message',
    async run({ harness }) {
      const replicas = [await harness.start(), await harness.start()];
      const raw = await harness.text({ id: '6', from: 'a', text: 'x' });
      await Promise.all(Array.from({ length: 50 }, async (_, index) => replicas[index % 2]?.deliver(raw)));
      demand(harness.received().length === 1 && harness.contacts().length === 1, `${harness.received().length} messages, ${harness.contacts().length} contacts`);
      return '1 message, 1 contact';
    },
  },
  {
    id: 7,
    title: 'while the bus is away nothing is acknowledged; the retry is one message',
    async run({ harness }) {
      let isAway = false;
      const replica = await harness.start(() => (isAway ? 'before' : undefined));
      isAway = true;
      const raw = await harness.text({ id: '7', from: 'a', text: 'x' });
      const code = await codeOf(replica.deliver(raw));
      demand(code !== undefined, 'was acknowledged');
      isAway = false;
      await replica.deliver(raw);
      demand(harness.received().length === 1, `${harness.received().length} messages`);
      return `first ${code}, then 1 message`;
    },
  },
  {
    id: 9,
    title: 'a crash between storing and answering is one message',
    async run({ harness }) {
      const replica = await harness.start((step) => (step === 'append' ? 'after' : undefined));
      const raw = await harness.text({ id: '9', from: 'a', text: 'x' });
      demand((await codeOf(replica.deliver(raw))) !== undefined, 'was acknowledged');
      replica.connection.kill();
      await (await harness.start()).deliver(raw);
      demand(harness.received().length === 1, `${harness.received().length} messages`);
      return '1 message';
    },
  },
  {
    id: 10,
    title: 'messages that come out of order keep the time of the platform',
    async run({ harness }) {
      const replica = await harness.start();
      const [early, late] = [new Date(1_760_000_000_000), new Date(1_760_000_060_000)];
      await replica.deliver(await harness.text({ id: '102', from: 'a', text: 'second', at: late }));
      await replica.deliver(await harness.text({ id: '101', from: 'a', text: 'first', at: early }));
      const times = harness.received().map((message) => message.platformTime?.getTime());
      if (times.every((time) => time === undefined)) return { skip: 'the platform gives no times' };
      demand(isDeepStrictEqual(times, [late.getTime(), early.getTime()]), `times ${times.join(', ')}`);
      return 'times kept';
    },
  },
  {
    id: 11,
    title: 'a kind that is not known is kept as unsupported',
    async run({ subject, harness }) {
      if (subject.samples.unknownKind === undefined) return { skip: 'the platform has one kind only' };
      await (await harness.start()).deliver(subject.samples.unknownKind);
      const kinds = harness.received().flatMap((message) => message.content.map(({ part }) => part?.$case ?? 'none'));
      demand(kinds.includes('unsupported'), `kinds ${kinds.join(', ')}`);
      return kinds.join(', ');
    },
  },
  {
    id: 12,
    title: 'deliveries far over the limits end soon, with a code or cut to size',
    async run({ subject, harness }) {
      if (subject.samples.oversize.length === 0) return { skip: 'the transport bounds every delivery' };
      const replica = await harness.start();
      const evidence = [];
      for (const { name, raw } of subject.samples.oversize) {
        const startedMs = performance.now();
        const code = await codeOf(replica.deliver(raw));
        const tookMs = performance.now() - startedMs;
        demand(tookMs < boundedMs, `${name}: ${Math.round(tookMs)} ms`);
        demand(code === undefined || !code.startsWith('RUNTIME_'), `${name}: ${code ?? ''}`);
        evidence.push(`${name}: ${code ?? 'taken'}`);
      }
      return evidence.join(', ');
    },
  },
  {
    id: 13,
    title: 'texts of every script arrive as they were written',
    async run({ subject, harness }) {
      const replica = await harness.start();
      const cannot = subject.samples.cannotCarry ?? {};
      const wanted = Object.entries(encodings).filter(([name]) => cannot[name] === undefined);
      for (const [index, [, text]] of wanted.entries()) await replica.deliver(await harness.text({ id: `13${index}`, from: 'a', text }));
      const texts = harness.received().map(({ content: [first] }) => (first?.part?.$case === 'text' || first?.part?.$case === 'html' ? first.part.value.text : ''));
      for (const [index, [name, text]] of wanted.entries()) demand(texts[index] === text, `${name}: ${JSON.stringify(texts[index])}`);
      return `${wanted.length} texts${Object.entries(cannot).map(([name, why]) => `; not ${name}: ${why}`).join('')}`;
    },
  },
  {
    id: 14,
    title: 'ids over 2^53 stay exact',
    async run({ harness }) {
      const replica = await harness.start();
      for (const id of ['9223372036854775806', '9223372036854775807']) await replica.deliver(await harness.text({ id, from: 'a', text: 'x' }));
      demand(harness.received().length === 2, `${harness.received().length} messages of 2`);
      return harness.received().map((message) => message.platformMessageId).join(', ');
    },
  },
  {
    id: 19,
    title: 'the trust of a sender is said',
    async run({ harness }) {
      await (await harness.start()).deliver(await harness.text({ id: '19', from: 'a', text: 'x' }));
      const [message] = harness.received();
      demand(message?.trust !== undefined && message.trust !== Trust.UNSPECIFIED, 'not said');
      demand(message.trust !== Trust.VERIFIED || message.sender?.verified === true, 'verified message of an unverified sender');
      return message.trust === Trust.VERIFIED ? 'verified' : 'not verified';
    },
  },
];
