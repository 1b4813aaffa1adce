import { setTimeout as delay } from 'node:timers/promises';
import { watchFacts } from '@patchbay/bus/watch-facts';
import type { CustomerChannel } from '@patchbay/demo/customers/customer';
import { dialogues } from '@patchbay/demo/dialogues';
import { eventually } from '@patchbay/testkit/eventually';
import { centreNames, startTestCentre, type TestCentre } from '../support/demo-centre.ts';
import { percentile, tenth } from './measure.ts';
import { cpuMsOf, withChildren } from './process-cpu.ts';

const services = ['directory', 'crm', 'routing', 'web-chat', 'email', 'wechat', 'recording', 'qa-scoring', 'analytics'];
const servers = ['nats', 'postgres'];
const agents = Array.from({ length: 12 }, (_, index) => String(1_001 + index));
/** A person's pauses would be seconds; the robots' are tens of milliseconds. */
const pace = 0.01;
const customersPerChannel = 8;
const warmUpContacts = 20;
const measureMs = 60_000;
const patienceMs = 60_000;

function readCpu(centre: TestCentre): Map<string, number> {
  return new Map(
    [...services, ...servers].flatMap((name) => {
      const pid = centre.stack.pid(name);
      return pid === undefined ? [] : [[name, withChildren(pid).reduce((sum, process) => sum + cpuMsOf(process), 0)] as const];
    }),
  );
}

async function visit(channel: CustomerChannel, index: number, signal: AbortSignal): Promise<void> {
  const line = await channel.connect(index, signal);
  const { turns } = dialogues[index % dialogues.length] ?? { turns: [] };
  for (const { customer } of turns) {
    await line.say(customer);
    await line.hear(patienceMs);
  }
  await line.leave();
}

/** Counts what closes and how long each took, from its start. */
function watchContacts(centre: TestCentre, signal: AbortSignal) {
  const started = new Map<string, { channel: string; timeMs: number }>();
  const closed: { channel: string; tookMs: number }[] = [];
  const watching = (async () => {
    for await (const fact of watchFacts(centre.bus, { tenant: centreNames.tenant, domains: ['contact', 'routing'], fromSequence: 1, signal })) {
      if (fact.type === 'patchbay.contact.v1.ContactStarted') started.set(fact.key, { channel: fact.event.channel, timeMs: fact.timeMs });
      const begun = started.get(fact.key);
      if (fact.type !== 'patchbay.routing.v1.AssignmentClosed' || begun === undefined) continue;
      closed.push({ channel: begun.channel, tookMs: fact.timeMs - begun.timeMs });
      started.delete(fact.key);
    }
  })();
  return { closed, watching };
}

/**
 * Chats, mails and WeChat messages through every service as a process of its own, answered by robots: contacts closed a
 * second, and what each costs each service.
 */
export async function bench(emit: (row: Record<string, unknown>) => void): Promise<void> {
  const centre = await startTestCentre({ kafka: false, services, env: { PATCHBAY_LOG_LEVEL: 'warn' } });
  const stopping = new AbortController();
  try {
    centre.startAgents(agents, pace);
    const { closed, watching } = watchContacts(centre, stopping.signal);
    let refused = 0;
    let next = 0;
    const lanes = [centre.chat, centre.mail, centre.wechatCustomers].flatMap((channel) => Array.from({ length: customersPerChannel }, () => channel));
    const visiting = lanes.map(async (channel) => {
      while (!stopping.signal.aborted) {
        next += 1;
        await visit(channel, next, stopping.signal).catch(() => {
          if (!stopping.signal.aborted) refused += 1;
        });
      }
    });
    await eventually('the first contacts to close', () => closed.length >= warmUpContacts, 120_000);
    const [cpuBefore, ownBefore, closedBefore, startedMs] = [readCpu(centre), process.cpuUsage(), closed.length, performance.now()];
    await delay(measureMs);
    const [cpuAfter, own, seconds] = [readCpu(centre), process.cpuUsage(ownBefore), (performance.now() - startedMs) / 1_000];
    const counted = closed.slice(closedBefore);
    const took = counted.map(({ tookMs }) => tookMs).sort((left, right) => left - right);
    const perContact = (ms: number) => tenth(ms / counted.length);
    emit({
      measure: 'contacts closed',
      seconds: Math.round(seconds),
      contacts: counted.length,
      contactsPerSecond: tenth(counted.length / seconds),
      byChannel: Object.fromEntries(Map.groupBy(counted, ({ channel }) => channel).entries().map(([channel, list]) => [channel, list.length])),
      customersAtOnce: lanes.length,
      agents: agents.length,
      gaveUp: refused,
      p50Ms: Math.round(percentile(took, 0.5)),
      p99Ms: Math.round(percentile(took, 0.99)),
    });
    const costs = [...cpuAfter].map(([name, ms]) => [name, perContact(ms - (cpuBefore.get(name) ?? 0))] as const);
    const total = costs.reduce((sum, [, ms]) => sum + ms, 0);
    emit({ measure: 'CPU ms a contact', total: tenth(total), ...Object.fromEntries(costs.sort(([, left], [, right]) => right - left)), customersAndAgents: perContact((own.user + own.system) / 1_000) });
    stopping.abort();
    await Promise.allSettled([...visiting, watching]);
  } finally {
    stopping.abort();
    await centre.stop();
  }
}
