import { setTimeout as delay } from 'node:timers/promises';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { factRange, watchFacts } from '@patchbay/bus/watch-facts';
import type { Logger } from '@patchbay/runtime/logger';
import { closing, dialogues, spokenDialogueOf, opening } from '../dialogues.ts';
import type { Voices } from '../voices.ts';
import { createAgentDesk, type AgentDesk } from './agent-desk.ts';
import { runAgentPhone } from './agent-phone.ts';
import { createConnections, type Connections } from './connections.ts';

/** How the agents of the demo work. */
export interface DemoAgentsOptions {
  bus: BusConnection;
  tenant: string;
  /** Agents who sign in and work by themselves, phone included. */
  agents: readonly string[];
  /** Agents of whom only the phone works by itself: their desk is a person's, or nobody's. */
  phonesOnly: readonly string[];
  /** Their phones; undefined for none. */
  phones: { sipPort: number; password: string; voices: Voices } | undefined;
  log: Logger;
  signal: AbortSignal;
  /** Factor on every pause: 1 is a person's pace. Speech is not made faster. */
  pace: number;
  /** Hour of the centre's day, 0 to 23, for greetings. */
  hour(): number;
}

interface Work {
  contactId: string;
  assignmentId: string;
  agentId: string;
  queue: string;
  /** Turns answered so far, by the dialogue that the customer's words belong to. */
  answered: number;
  dialogue: number;
  greeted: boolean;
  ended: boolean;
}

/** Time to reach for the phone; a person who registered a phone of their own beside ours is let first. */
const ringMs = { agent: 2_500, phoneOnly: 7_000 };

/** What the agents have in hand, and what they do about what happens to it. */
class DeskWork {
  private readonly work = new Map<string, Work>();
  private readonly lastWords = new Map<string, string>();
  private readonly calls = new Set<string>();
  private readonly options: DemoAgentsOptions;
  private readonly desk: AgentDesk;
  private readonly connections: Connections;

  constructor(options: DemoAgentsOptions, desk: AgentDesk, connections: Connections) {
    this.options = options;
    this.desk = desk;
    this.connections = connections;
  }

  pause(ms: number): Promise<void> {
    return delay(ms * this.options.pace * (0.6 + Math.random() * 0.8), undefined, { signal: this.options.signal });
  }

  private async answer(item: Work, words: string): Promise<void> {
    const { contactId, agentId } = item;
    const found = dialogues.findIndex(({ turns }) => turns.some(({ customer }) => words.includes(customer)));
    if (found >= 0) item.dialogue = found;
    const dialogue = dialogues[item.dialogue];
    await this.pause(2_500);
    if (!item.greeted) {
      item.greeted = true;
      await this.desk.write(agentId, contactId, opening(this.options.hour(), agentId));
      await this.pause(1_500);
    }
    const turn = dialogue?.turns.find(({ customer }) => words.includes(customer)) ?? dialogue?.turns[item.answered];
    await this.desk.write(agentId, contactId, turn?.agent ?? '谢谢您的留言，我们马上为您处理。');
    item.answered += 1;
    if (dialogue === undefined || item.answered < dialogue.turns.length) return;
    await this.pause(2_000);
    await this.desk.write(agentId, contactId, closing);
    await this.pause(1_000);
    await this.desk.end(agentId, contactId);
  }

  private async wrapUp(item: Work): Promise<void> {
    await this.pause(4_000);
    const disposition = dialogues[item.dialogue]?.dispositions[item.queue] ?? 'other';
    const { contactId, assignmentId, agentId } = item;
    await this.desk.close({ contactId, assignmentId, agentId, disposition });
    this.work.delete(contactId);
  }

  private assigned({ contactId, assignmentId, agentId, queue }: { contactId: string; assignmentId: string; agentId: string; queue: string }): Promise<void> | undefined {
    // A call is about what its queue is for; in text the customer's words tell.
    const dialogue = Math.max(0, dialogues.findIndex((one) => one === spokenDialogueOf(queue)));
    const started: Work = { contactId, assignmentId, agentId, queue, answered: 0, dialogue, greeted: false, ended: false };
    this.work.set(contactId, started);
    const words = this.lastWords.get(contactId);
    if (words !== undefined) return this.answer(started, words);
    // Text is said before an agent is asked for: a customer who said nothing was one of an earlier run, and is gone.
    return this.calls.has(contactId) ? undefined : this.desk.end(agentId, contactId);
  }

  /** What is done about a fact; undefined for nothing. */
  take(fact: AnyFact): Promise<void> | undefined {
    const item = this.work.get(fact.key);
    const { agents } = this.options;
    switch (fact.type) {
      case 'patchbay.routing.v1.ContactOffered': {
        const { contactId, offerId, agentId, channel } = fact.event;
        if (channel === 'voice') this.calls.add(contactId);
        // A call is accepted by picking the phone up.
        return agents.includes(agentId) && channel !== 'voice' ? this.pause(2_000).then(() => this.desk.accept({ contactId, offerId, agentId })) : undefined;
      }
      case 'patchbay.routing.v1.ContactAssigned':
        this.connections.assigned(fact.key, fact.event.queue);
        return agents.includes(fact.event.agentId) ? this.assigned(fact.event) : undefined;
      case 'patchbay.contact.v1.ContactConnected':
        this.connections.connected(fact.key);
        return undefined;
      case 'patchbay.message.v1.MessageReceived': {
        const words = fact.event.content.map(({ part }) => (part?.$case === 'text' ? part.value.text : '')).join('\n');
        this.lastWords.set(fact.key, words);
        return item === undefined ? undefined : this.answer(item, words);
      }
      case 'patchbay.contact.v1.ContactEnded':
        this.lastWords.delete(fact.key);
        this.calls.delete(fact.key);
        this.connections.ended(fact.key);
        if (item === undefined || item.ended) return undefined;
        item.ended = true;
        return this.wrapUp(item);
      default:
        return undefined;
    }
  }
}

/** Agents who sign in, answer text and phone, end and wrap up. Resolves when the signal aborts. */
export async function runDemoAgents(options: DemoAgentsOptions): Promise<void> {
  const { bus, tenant, log, signal, pace } = options;
  const desk = createAgentDesk({ bus, tenant, log, signal });
  const connections = createConnections();
  const work = new DeskWork(options, desk, connections);
  // From here on, though signing in takes a moment: a customer who writes meanwhile is none of an earlier run.
  const fromSequence = (await factRange(bus)).last + 1;

  async function follow(): Promise<void> {
    for await (const fact of watchFacts(bus, { tenant, domains: ['contact', 'routing', 'message'], fromSequence, signal })) {
      // What is broken off by the end of the demo is nobody's loss.
      work.take(fact)?.catch(() => undefined);
    }
  }
  const phoneOf = async (user: string, ringsMs: number) => {
    if (options.phones === undefined) return;
    const ring = () => Math.max(1_000, ringsMs * pace * (0.6 + Math.random() * 0.8));
    await runAgentPhone({ ...options.phones, user, ringMs: ring, connected: (contactId, until) => connections.wait(contactId, until), log, signal });
  };

  await Promise.all(options.agents.map((agentId) => desk.clear(agentId)));
  await Promise.all([
    follow(),
    ...options.agents.flatMap((agentId) => [desk.present(agentId), phoneOf(agentId, ringMs.agent)]),
    ...options.phonesOnly.map((user) => phoneOf(user, ringMs.phoneOnly)),
  ]).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
