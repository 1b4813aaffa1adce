import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '@patchbay/bus/actor';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { ContactServiceDefinition, ContactStatus, ListContactsRequest } from '@patchbay/contracts/crm/v1/contact_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { AppError } from '@patchbay/runtime/app-error';
import { createIdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';

/** What an agent does at the desk, through the same calls as the desk itself. */
export interface AgentDesk {
  /** Signed in and ready, with a sign of life now and then, until the signal aborts; again after a loss. */
  present(agentId: string): Promise<void>;
  /** Ends what an earlier run of the demo left in the agent's hands: its customers are gone. */
  clear(agentId: string): Promise<void>;
  accept(offer: { contactId: string; offerId: string; agentId: string }): Promise<void>;
  write(agentId: string, contactId: string, text: string): Promise<void>;
  end(agentId: string, contactId: string): Promise<void>;
  close(assignment: { contactId: string; assignmentId: string; agentId: string; disposition: string }): Promise<void>;
}

/** Whose desks they are. */
export interface AgentDeskOptions {
  readonly bus: BusConnection;
  readonly tenant: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const ids = createIdSource();
const timeoutMs = 15_000;
const mostTries = 20;
const retryMs = 1_000;

/** The desks of a tenant's agents. What fails for the moment is tried again, what is refused is let go, as a person would. */
export function createAgentDesk({ bus, tenant, log, signal }: AgentDeskOptions): AgentDesk {
  const agents = createRpcClient(bus, AgentServiceDefinition);
  const routing = createRpcClient(bus, RoutingServiceDefinition);
  const contacts = createRpcClient(bus, ContactServiceDefinition);
  const as = (agentId: string): { tenant: string; actor: Actor; timeoutMs: number } => ({ tenant, timeoutMs, actor: { subject: `user:${agentId}`, kind: 'user', roles: [Role.AGENT], agent: agentId } });

  /** Commands keep their id from try to try. */
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
        await delay(retryMs, undefined, { signal });
      }
    }
  };

  async function end(agentId: string, contactId: string): Promise<void> {
    const commandId = ids.next();
    await quietly('end', () => contacts.endContact({ contactId, commandId }, as(agentId)));
  }

  return {
    async clear(agentId) {
      await quietly('clear', async () => {
        const left = await contacts.listContacts(ListContactsRequest.fromPartial({ agentId, statuses: [ContactStatus.CONNECTED, ContactStatus.HELD] }), as(agentId));
        for (const { contactId } of left.contacts) await end(agentId, contactId);
      });
    },
    async present(agentId) {
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
        await delay(retryMs, undefined, { signal });
      }
    },
    accept: async (offer) => void (await quietly('accept', () => routing.acceptOffer(offer, as(offer.agentId)))),
    async write(agentId, contactId, text) {
      const commandId = ids.next();
      await quietly('write', () => contacts.sendMessage({ contactId, commandId, content: [{ part: { $case: 'text', value: { text } } }] }, as(agentId)));
    },
    end,
    close: async (assignment) => void (await quietly('wrap up', () => routing.closeAssignment(assignment, as(assignment.agentId)))),
  };
}
