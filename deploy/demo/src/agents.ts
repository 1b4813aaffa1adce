import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '@patchbay/bus/actor';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { watchFacts } from '@patchbay/bus/watch-facts';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { ContactServiceDefinition } from '@patchbay/contracts/crm/v1/contact_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { AppError } from '@patchbay/runtime/app-error';
import { createIdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import { closing, dialogues, opening } from './dialogues.ts';

/** How the agents of the demo work. */
export interface DemoAgentsOptions {
  bus: BusConnection;
  tenant: string;
  agents: readonly string[];
  log: Logger;
  signal: AbortSignal;
  /** Factor on every pause: 1 is a person's pace. */
  pace: number;
  /** Hour of the centre's day, 0 to 23, for greetings. */
  hour(): number;
}

interface Work {
  contactId: string;
  assignmentId: string;
  agentId: string;
  queue: string;
  channel: string;
  /** Turns answered so far, by the dialogue that the customer's words belong to. */
  answered: number;
  dialogue: number;
  greeted: boolean;
  ended: boolean;
}

const ids = createIdSource();
const mostTries = 20;

/**
 * Agents that sign in, take offers of text channels, answer, end and wrap up, through the same calls as the desk. Calls
 * are answered by their phones; here they are only wrapped up.
 */
export async function runDemoAgents(options: DemoAgentsOptions): Promise<void> {
  const { bus, tenant, signal, log } = options;
  const agents = createRpcClient(bus, AgentServiceDefinition);
  const routing = createRpcClient(bus, RoutingServiceDefinition);
  const contacts = createRpcClient(bus, ContactServiceDefinition);
  const work = new Map<string, Work>();
  const as = (agentId: string): { tenant: string; actor: Actor; timeoutMs: number } => ({ tenant, timeoutMs: 15_000, actor: { subject: `user:${agentId}`, kind: 'user', roles: [Role.AGENT], agent: agentId } });
  const pause = (ms: number) => delay(ms * options.pace * (0.6 + Math.random() * 0.8), undefined, { signal });
  /** As a person would: what fails for the moment is tried again, what is refused is let go. Commands keep their id. */
  const quietly = async (what: string, run: () => Promise<unknown>): Promise<boolean> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await run();
        return true;
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (signal.aborted) return false;
        if (!error.retryable || attempt >= mostTries) {
          log.info('an agent of the demo was refused', { what, error });
          return false;
        }
        await delay(1_000, undefined, { signal });
      }
    }
  };

  async function present(agentId: string): Promise<void> {
    while (!signal.aborted) {
      let sessionId = '';
      let leaseMs = 3_000;
      const isIn = await quietly('sign in', async () => {
        ({ sessionId, leaseMs } = await agents.signIn({ agentId, device: 'web' }, as(agentId)).then((answer) => ({ sessionId: answer.sessionId, leaseMs: Number(answer.leaseMs) })));
        await agents.setState({ agentId, state: AgentState.READY }, as(agentId));
      });
      while (isIn && !signal.aborted) {
        await delay(leaseMs / 3, undefined, { signal });
        const beat = await agents.heartbeat({ agentId, sessionId }, as(agentId)).catch(() => undefined);
        if (beat?.current === false) break;
      }
      await delay(1_000, undefined, { signal });
    }
  }

  async function say(item: Work, text: string): Promise<void> {
    const commandId = ids.next();
    await quietly('write', () =>
      contacts.sendMessage({ contactId: item.contactId, commandId, content: [{ part: { $case: 'text', value: { text } } }] }, as(item.agentId)),
    );
  }

  async function answer(item: Work, words: string): Promise<void> {
    const found = dialogues.findIndex(({ turns }) => turns.some(({ customer }) => words.includes(customer)));
    if (found >= 0) item.dialogue = found;
    const dialogue = dialogues[item.dialogue];
    await pause(2_500);
    if (!item.greeted) {
      item.greeted = true;
      await say(item, opening(options.hour(), item.agentId));
      await pause(1_500);
    }
    const turn = dialogue?.turns.find(({ customer }) => words.includes(customer)) ?? dialogue?.turns[item.answered];
    await say(item, turn?.agent ?? '谢谢您的留言，我们马上为您处理。');
    item.answered += 1;
    if (dialogue === undefined || item.answered < dialogue.turns.length) return;
    await pause(2_000);
    await say(item, closing);
    await pause(1_000);
    const commandId = ids.next();
    await quietly('end', () => contacts.endContact({ contactId: item.contactId, commandId }, as(item.agentId)));
  }

  async function wrapUp(item: Work): Promise<void> {
    await pause(4_000);
    const disposition = dialogues[item.dialogue]?.dispositions[item.queue] ?? 'other';
    const { contactId, assignmentId, agentId } = item;
    await quietly('wrap up', () => routing.closeAssignment({ contactId, assignmentId, agentId, disposition }, as(agentId)));
    work.delete(contactId);
  }

  async function take(fact: { contactId: string; offerId: string; agentId: string }): Promise<void> {
    await pause(2_000);
    await quietly('accept', () => routing.acceptOffer(fact, as(fact.agentId)));
  }

  const lastWords = new Map<string, string>();
  async function follow(): Promise<void> {
    for await (const fact of watchFacts(bus, { tenant, domains: ['contact', 'routing', 'message'], signal })) {
      const item = work.get(fact.key);
      switch (fact.type) {
        case 'patchbay.routing.v1.ContactOffered':
          if (options.agents.includes(fact.event.agentId) && fact.event.channel !== 'voice') void take(fact.event).catch(() => undefined);
          break;
        case 'patchbay.routing.v1.ContactAssigned': {
          if (!options.agents.includes(fact.event.agentId)) break;
          const { contactId, assignmentId, agentId, queue } = fact.event;
          const started: Work = { contactId, assignmentId, agentId, queue, channel: '', answered: 0, dialogue: 0, greeted: false, ended: false };
          work.set(contactId, started);
          const words = lastWords.get(contactId);
          if (words !== undefined) void answer(started, words).catch(() => undefined);
          break;
        }
        case 'patchbay.message.v1.MessageReceived': {
          const words = fact.event.content.map(({ part }) => (part?.$case === 'text' ? part.value.text : '')).join('\n');
          lastWords.set(fact.key, words);
          if (item !== undefined) void answer(item, words).catch(() => undefined);
          break;
        }
        case 'patchbay.contact.v1.ContactEnded':
          lastWords.delete(fact.key);
          if (item !== undefined && !item.ended) {
            item.ended = true;
            void wrapUp(item).catch(() => undefined);
          }
          break;
        default:
      }
    }
  }

  await Promise.all([follow(), ...options.agents.map((agentId) => present(agentId))]).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
