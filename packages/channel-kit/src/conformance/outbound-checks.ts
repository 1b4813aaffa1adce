import { isDeepStrictEqual } from 'node:util';
import { IdempotentSend } from '@patchbay/contracts/channel/v1/capabilities';
import { hasWindow } from '../contact-state.ts';
import { degrade } from '../degrade.ts';
import { connectedContact, demand, type Check } from './check.ts';
import type { ConformanceHarness } from './harness.ts';

const terminal = new Set(['MessageSent', 'MessageFailed', 'MessageExpired', 'MessageOutcomeUnknown']);

/** Names of the outcomes on a contact, in order. */
function outcomes<Raw>(harness: ConformanceHarness<Raw>, contactId: string): string[] {
  return harness.story(contactId).filter((name) => terminal.has(name));
}

/** Checks of what goes out. */
export const outboundChecks: readonly Check[] = [
  {
    id: 20,
    title: 'each kind is shown as wanted, natively or in its poorer form',
    async run({ subject, harness }) {
      const { adapter } = await harness.start();
      for (const { name, content, shown, degradations } of subject.degraded) {
        const seen = degrade(content, adapter.manifest.capabilities, { language: 'zh-CN' });
        demand(isDeepStrictEqual(seen, { content: shown, degradations }), `${name}: ${JSON.stringify(seen, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`);
      }
      return `${subject.degraded.length} contents`;
    },
  },
  {
    id: 21,
    title: 'where a poorer form is forbidden the message fails early, without a call',
    async run({ subject, harness }) {
      if (subject.needsDegrading === undefined) return { skip: 'the channel shows everything natively' };
      const { replica, contactId } = await connectedContact(harness);
      harness.send(contactId, '', { content: subject.needsDegrading.content, degrade: false });
      await harness.bus.settle();
      demand(isDeepStrictEqual(outcomes(harness, contactId), ['MessageFailed']), outcomes(harness, contactId).join(', '));
      demand(replica.platform.calls() === 0, `${replica.platform.calls()} calls`);
      return 'MessageFailed, 0 calls';
    },
  },
  {
    id: 22,
    title: 'long text goes out whole, in order, within the limit',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      const { maxTextBytes } = replica.adapter.manifest.capabilities;
      if (maxTextBytes <= 0) return { skip: 'the channel has no limit' };
      const text = '这是一段比较长的话，用来检查拆分。'.repeat(Math.ceil((maxTextBytes * 2) / 51));
      harness.send(contactId, text);
      await harness.bus.settle();
      const parts = replica.platform.received().map((page) => page.text);
      demand(outcomes(harness, contactId)[0] === 'MessageSent', outcomes(harness, contactId).join(', '));
      demand(replica.adapter.manifest.grouping === 'whole' || parts.every((part) => Buffer.byteLength(part) <= maxTextBytes), 'a part is over the limit');
      demand(parts.join('').replaceAll(/[\s|]/g, '').includes(text), 'the parts are not the text');
      return `${parts.length} calls`;
    },
  },
  {
    id: 23,
    title: 'the same command twice is one message',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      const commandId = harness.send(contactId, 'once');
      await harness.bus.settle();
      harness.send(contactId, 'once', { commandId });
      await harness.bus.settle();
      demand(replica.platform.received().length === 1, `${replica.platform.received().length} messages`);
      demand(outcomes(harness, contactId).length === 1, outcomes(harness, contactId).join(', '));
      return '1 message, 1 outcome';
    },
  },
  {
    id: 24,
    title: 'after a lost answer the message is sent once, or its outcome is unknown: never a silent double',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      if (!replica.platform.script('take_and_lose_answer')) return { skip: 'an answer of this platform cannot be lost' };
      harness.send(contactId, 'perhaps');
      await harness.bus.settle();
      const seen = outcomes(harness, contactId);
      const isIdempotent = replica.adapter.manifest.capabilities.idempotentSend !== IdempotentSend.NONE;
      demand(seen.length === 1 && (isIdempotent || seen[0] === 'MessageOutcomeUnknown'), seen.join(', '));
      demand(replica.platform.received().length === 1, `${replica.platform.received().length} messages at the customer`);
      return `${seen[0] ?? ''}, 1 message at the customer`;
    },
  },
  {
    id: 25,
    title: 'a message that fails does not change the order of those behind it',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      if (!replica.platform.script('refuse')) return { skip: 'the platform refuses nothing' };
      harness.send(contactId, 'one');
      await harness.bus.settle();
      replica.platform.script('take');
      for (const text of ['two', 'three']) harness.send(contactId, text);
      await harness.bus.settle();
      const texts = replica.platform.received().map((page) => page.text);
      demand(texts.length === 2 && texts[0]?.includes('two') === true && texts[1]?.includes('three') === true, texts.join(', '));
      demand(isDeepStrictEqual(outcomes(harness, contactId), ['MessageFailed', 'MessageSent', 'MessageSent']), outcomes(harness, contactId).join(', '));
      return outcomes(harness, contactId).join(', ');
    },
  },
  ...(['busy', 'rate_limited'] as const).map(
    (answer, index): Check => ({
      id: 27 + index / 10,
      title: `a platform that says ${answer} is asked again, and the message ends`,
      async run({ harness }) {
        const { replica, contactId } = await connectedContact(harness);
        if (!replica.platform.script(answer)) return { skip: `the platform does not say ${answer}` };
        harness.send(contactId, 'later');
        await harness.bus.settle();
        const calls = replica.platform.calls();
        demand(calls > 1 && calls <= replica.adapter.manifest.sending.maxAttempts, `${calls} calls`);
        demand(isDeepStrictEqual(outcomes(harness, contactId), ['MessageFailed']), outcomes(harness, contactId).join(', '));
        replica.platform.script('take');
        harness.send(contactId, 'now');
        await harness.bus.settle();
        demand(outcomes(harness, contactId)[1] === 'MessageSent', outcomes(harness, contactId).join(', '));
        return `${calls} calls, then the next one goes out`;
      },
    }),
  ),
  {
    id: 28,
    title: 'a refusal fails the message at once, with codes',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      if (!replica.platform.script('refuse')) return { skip: 'the platform refuses nothing' };
      harness.send(contactId, 'no');
      await harness.bus.settle();
      const [failed] = harness.bus.facts({ type: 'patchbay.message.v1.MessageFailed' });
      demand(failed?.type === 'patchbay.message.v1.MessageFailed' && failed.event.code !== '', 'no code');
      demand(replica.platform.calls() === 1, `${replica.platform.calls()} calls`);
      return `${failed.event.code} ${failed.event.platformCode}`;
    },
  },
  {
    id: 29,
    title: 'a closed window of the platform expires the message',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      if (!replica.platform.script('window_closed')) return { skip: 'the platform has no window' };
      harness.send(contactId, 'late');
      await harness.bus.settle();
      demand(isDeepStrictEqual(outcomes(harness, contactId), ['MessageExpired']), outcomes(harness, contactId).join(', '));
      return 'MessageExpired';
    },
  },
  {
    id: 30,
    title: 'the quota of the window holds, also right after a restart',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      const { manifest } = replica.adapter;
      const quota = manifest.capabilities.windowMessages;
      if (!hasWindow(manifest) || quota <= 0) return { skip: 'the platform has no quota' };
      for (let index = 0; index < quota; index += 1) harness.send(contactId, `m${index}`);
      await harness.bus.settle();
      await replica.channel.stop();
      const next = await harness.start();
      harness.send(contactId, 'over');
      await harness.bus.settle();
      const seen = outcomes(harness, contactId);
      demand(seen.filter((name) => name === 'MessageSent').length === quota && seen.at(-1) === 'MessageExpired', seen.join(', '));
      demand(next.platform.calls() === 0, `${next.platform.calls()} calls after the restart`);
      return `${quota} sent, the next one expired without a call`;
    },
  },
  {
    id: 31,
    title: 'a message is not sent after its time',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      harness.send(contactId, 'stale', { notAfter: new Date(Date.now() - 60_000) });
      await harness.bus.settle();
      demand(isDeepStrictEqual(outcomes(harness, contactId), ['MessageExpired']) && replica.platform.calls() === 0, `${outcomes(harness, contactId).join(', ')}, ${replica.platform.calls()} calls`);
      return 'MessageExpired, 0 calls';
    },
  },
  {
    id: 35,
    title: 'every command ends in exactly one outcome',
    async run({ harness }) {
      const { replica, contactId } = await connectedContact(harness);
      const commands = [];
      for (const answer of ['take', 'refuse', 'busy', 'take_and_lose_answer', 'window_closed', 'take'] as const) {
        if (!replica.platform.script(answer)) continue;
        commands.push(harness.send(contactId, answer));
        await harness.bus.settle();
      }
      const ends = harness.bus.facts({ key: contactId }).flatMap((fact) => ('commandId' in fact.event ? [fact.event.commandId] : []));
      demand(isDeepStrictEqual(ends, commands), `${ends.length} outcomes of ${commands.length} commands`);
      return `${ends.length} of ${commands.length}`;
    },
  },
];
