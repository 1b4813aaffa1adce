import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import type { Fact } from '@patchbay/contracts/crm/v1/contact_service';
import { hasInHand, sightOf, type Sight } from './domain/access.ts';
import { foldFacts } from './domain/fold-story.ts';
import { emptyStory, type Story, type StoryFact } from './domain/story.ts';
import type { AgentView, PersonView } from './domain/views.ts';
import { personView } from './domain/catalogue.ts';
import { deskError } from './errors.ts';
import type { Backend, Directory } from './ports.ts';
import type { Session } from './session/sessions.ts';

/** Reads contacts for users who may see them. */
export interface ContactAccess {
  /** The story of a contact. DESK_NOT_FOUND for a stranger, DESK_FORBIDDEN for one the user may not see. */
  story(session: Session, contactId: string, agentNow: AgentView | undefined): Promise<Story>;
}

/** How much of a story a user sees. */
export function sightOfStory(session: Session, story: Story, agentNow: AgentView | undefined): Sight {
  return sightOf(session.view, story.view, hasInHand(agentNow, story.view.contactId));
}

/** The facts of a record, as the stream had them; strangers are left out. */
function storyFacts(facts: readonly Fact[]): StoryFact[] {
  const known = facts.filter((fact) => Object.hasOwn(eventTypes, fact.type));
  return known.map((fact) => ({
    type: fact.type,
    id: fact.eventId,
    timeMs: fact.time?.getTime() ?? 0,
    sequence: Number(fact.sequence),
    event: eventTypes[fact.type as EventType].codec.fromJSON(JSON.parse(fact.json)),
  })) as StoryFact[];
}

/** Reads from the stream, and from the record what the stream keeps no more. */
export function createContactAccess({ facts, services }: Pick<Backend, 'facts' | 'services'>): ContactAccess {
  async function read(session: Session, contactId: string): Promise<Story> {
    const stored = await facts.read(session.view.tenant, contactId);
    if (stored.length > 0) return foldFacts(emptyStory(contactId), stored);
    const record = await services.contacts.getContact({ contactId }, { tenant: session.view.tenant, actor: session.actor, timeoutMs: 8_000 });
    return foldFacts(emptyStory(contactId), storyFacts(record.facts));
  }
  return {
    async story(session, contactId, agentNow) {
      const story = await read(session, contactId);
      if (story.view.startedMs === 0) throw deskError('DESK_NOT_FOUND');
      if (sightOfStory(session, story, agentNow) === 'none') throw deskError('DESK_FORBIDDEN');
      return story;
    },
  };
}

/** Names of the agents who take part in a story. */
export function peopleOf(directory: Directory, tenant: string, story: Story): Record<string, PersonView> {
  const agents = new Set([...story.view.servedBy, story.view.agentId]);
  for (const item of story.items.values()) agents.add(item.kind === 'message' ? item.agentId : (item.params['agent'] ?? ''));
  const people: Record<string, PersonView> = {};
  for (const agent of agents) {
    const person = agent === '' ? undefined : personView(directory.resource(tenant, 'Agent', agent));
    if (person !== undefined) people[agent] = person;
  }
  return people;
}
