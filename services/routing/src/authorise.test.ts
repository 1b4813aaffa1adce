import { expect, test } from '@jest/globals';
import { Resource, Role } from '@patchbay/contracts/directory/v1/resource';
import { requireOwnTeam, type Teams } from './authorise.ts';
import { teamOfAgent, teamsLedBy, type Directory } from './directory.ts';

const resources: Record<string, Resource> = {
  'Agent anna': Resource.fromPartial({ spec: { $case: 'agent', value: { team: 'north' } } }),
  'Agent bo': Resource.fromPartial({ spec: { $case: 'agent', value: { team: 'south' } } }),
  'Agent free': Resource.fromPartial({ spec: { $case: 'agent', value: {} } }),
  'User both': Resource.fromPartial({ spec: { $case: 'user', value: { roles: [Role.TEAM_LEAD], leads: ['north', 'south'] } } }),
  'User south': Resource.fromPartial({ spec: { $case: 'user', value: { roles: [Role.TEAM_LEAD], agent: 'anna', leads: ['south'] } } }),
};
const directory: Directory = { tenants: () => ['t'], get: (_tenant, kind, name) => resources[`${kind} ${name}`], list: () => [], onChange: () => () => undefined };
const teams: Teams = { ofAgent: (agentId) => teamOfAgent(directory, 't', agentId), ledBy: (actor) => teamsLedBy(directory, 't', actor) };

/** Agents of the centre whom a user may act for. */
function led(name: string, role: Role, agent?: string): string[] {
  return ['anna', 'bo', 'free'].filter((agentId) => {
    try {
      requireOwnTeam({ subject: `user:${name}`, kind: 'user', roles: [role], agent }, agentId, teams);
      return true;
    } catch {
      // The refusal is what is asked for.
      return false;
    }
  });
}

test('a team lead leads the teams that the user names, else the team of the own agent, else nobody; a manager leads all', () => {
  expect(led('both', Role.TEAM_LEAD)).toEqual(['anna', 'bo']);
  // Anna is the user's own agent; what one does for oneself is no lead's act.
  expect(led('south', Role.TEAM_LEAD, 'anna')).toEqual(['anna', 'bo']);
  expect(led('plain', Role.TEAM_LEAD, 'bo')).toEqual(['bo']);
  expect(led('plain', Role.TEAM_LEAD, 'free')).toEqual(['free']);
  expect(led('plain', Role.TEAM_LEAD)).toEqual([]);
  expect(led('plain', Role.MANAGER)).toEqual(['anna', 'bo', 'free']);
});
