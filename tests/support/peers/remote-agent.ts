import { setTimeout as delay } from 'node:timers/promises';
import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { type AgentServiceClient, AgentServiceDefinition, type SlotStatus } from '@patchbay/contracts/agent/v1/agent_service';
import { type ContactServiceClient, ContactServiceDefinition } from '@patchbay/contracts/crm/v1/contact_service';
import { type IdentityServiceClient, IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { type RoutingServiceClient, RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { createIdSource } from '@patchbay/runtime/ids';
import { eventually } from '@patchbay/testkit/eventually';
import { createChannel, createClientFactory, Metadata } from 'nice-grpc';

/** An agent who works through the gRPC edge with the own password, as a desk of somebody else would. */
export interface RemoteAgent {
  readonly agentId: string;
  /** The next contact of a channel that comes to the agent, still offered or answered by the phone already. */
  nextOffer(channel: string): Promise<SlotStatus>;
  accept(offer: SlotStatus): Promise<void>;
  say(contactId: string, text: string): Promise<void>;
  end(contactId: string): Promise<void>;
  /** Waits for the wrap-up of a contact that ended and closes it. */
  wrapUp(contactId: string, disposition: string): Promise<void>;
  /** Ends and closes what is still in hand, as after a test that failed in the middle. */
  leaveNothing(): Promise<void>;
  signOut(): Promise<void>;
}

type AnyDefinition = Parameters<ReturnType<typeof createClientFactory>['create']>[0];

/** Signs an agent in, whose user has the same name, and goes ready. */
export async function signInAgent(options: { grpc: string; agentId: string; password: string }): Promise<RemoteAgent> {
  const { agentId } = options;
  const channel = createChannel(options.grpc);
  const factory = createClientFactory();
  const ids = createIdSource();
  const { token } = await (factory.create(IdentityServiceDefinition as AnyDefinition, channel) as unknown as IdentityServiceClient).signIn({ user: agentId, password: options.password });
  const client = <Client>(definition: AnyDefinition) => factory.create(definition, channel, { '*': { metadata: Metadata({ authorization: `Bearer ${token}` }) } }) as unknown as Client;
  const agents = client<AgentServiceClient>(AgentServiceDefinition);
  const routing = client<RoutingServiceClient>(RoutingServiceDefinition);
  const contacts = client<ContactServiceClient>(ContactServiceDefinition);

  const { sessionId, leaseMs } = await agents.signIn({ agentId, device: 'web' });
  await agents.setState({ agentId, state: AgentState.READY });
  const leaving = new AbortController();
  const seen = new Set<string>();
  const beats = (async () => {
    while (!leaving.signal.aborted) {
      await delay(Number(leaseMs) / 3, undefined, { signal: leaving.signal });
      // One that fails is followed by another within the lease.
      await agents.heartbeat({ agentId, sessionId }).catch(() => undefined);
    }
  })().catch(() => {
    // Signed out.
  });

  async function slots(): Promise<readonly SlotStatus[]> {
    return (await agents.listAgents({})).agents.find((agent) => agent.agentId === agentId)?.slots ?? [];
  }

  async function finish({ state, contactId, offerId, assignmentId }: SlotStatus): Promise<void> {
    if (state === SlotState.RESERVED) await routing.rejectOffer({ contactId, offerId, agentId });
    else if (state === SlotState.ENGAGED) await contacts.endContact({ contactId, commandId: ids.next() });
    else await routing.closeAssignment({ contactId, assignmentId, agentId, disposition: 'other' });
  }

  return {
    agentId,
    async nextOffer(name) {
      const isNew = ({ channel, state, contactId }: SlotStatus) => channel === name && !seen.has(contactId) && (state === SlotState.RESERVED || state === SlotState.ENGAGED);
      const offer = await eventually(`a contact of ${name} is offered`, async () => (await slots()).find(isNew));
      seen.add(offer.contactId);
      return offer;
    },
    async accept({ contactId, offerId }) {
      await routing.acceptOffer({ contactId, offerId, agentId });
    },
    async say(contactId, text) {
      await contacts.sendMessage({ contactId, commandId: ids.next(), content: [{ part: { $case: 'text', value: { text } } }] });
    },
    async end(contactId) {
      await contacts.endContact({ contactId, commandId: ids.next() });
    },
    async wrapUp(contactId, disposition) {
      const { assignmentId } = await eventually('wrap-up began', async () => (await slots()).find((slot) => slot.contactId === contactId && slot.state === SlotState.WRAP_UP));
      await routing.closeAssignment({ contactId, assignmentId, agentId, disposition });
    },
    async leaveNothing() {
      await eventually('the agent has nothing in hand', async () => {
        const left = await slots();
        await Promise.all(left.map(finish));
        return left.length === 0;
      });
    },
    async signOut() {
      leaving.abort();
      await beats;
      await agents.signOut({ agentId });
      channel.close();
    },
  };
}
