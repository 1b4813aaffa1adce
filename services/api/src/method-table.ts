import type { RpcDefinition } from '@patchbay/bus/rpc-definition';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import { ContactServiceDefinition, type GetContactResponse } from '@patchbay/contracts/crm/v1/contact_service';
import { DirectoryServiceDefinition } from '@patchbay/contracts/directory/v1/directory_service';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { EventServiceDefinition } from '@patchbay/contracts/event/v1/event_service';
import { QualityServiceDefinition } from '@patchbay/contracts/quality/v1/quality_service';
import { RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import { SurgeServiceDefinition } from '@patchbay/contracts/routing/v1/surge_service';
import { RoutingLabServiceDefinition } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import { CallBackServiceDefinition } from '@patchbay/contracts/voice/v1/call_back_service';
import { type MethodRule, type OwnRule, personalReaders } from './domain/access.ts';

/** A served service with who may call each of its methods. */
export interface ServedService {
  definition: RpcDefinition;
  /** By method key of the definition, e.g. `listContacts`. */
  rules: Readonly<Record<string, MethodRule>>;
}

const { AGENT, TEAM_LEAD, QA, TRAINER, MANAGER, ADMIN } = Role;
const everybody = [AGENT, TEAM_LEAD, QA, TRAINER, MANAGER, ADMIN];
const services: MethodRule = { access: 'services' };
const open: MethodRule = { access: 'open' };

function roles(...allowed: readonly Role[]): MethodRule & { access: 'roles' } {
  return { access: 'roles', roles: allowed };
}

/** These roles for anybody, agents for themselves by the request field `agentId`. */
function orOwnAgent(...allowed: readonly Role[]): MethodRule {
  return { ...roles(...allowed), own: { roles: [AGENT], by: { field: 'agentId', how: 'match' } } };
}

/** Who steers contacts, queues and agents. */
const leads = roles(TEAM_LEAD, MANAGER, ADMIN);
const ownList: OwnRule = { roles: [AGENT], by: { field: 'agentId', how: 'fill' } };
const ownContact: OwnRule = { roles: [AGENT], by: { agentOf: (response) => (response as GetContactResponse).contact?.agentId } };

/** Trainers learn from what was said. */
const learners = [...personalReaders, TRAINER];
/** Names of colleagues are no secret among staff. */
const staffNames = ['user.displayName', 'agent.displayName'];

function serve<Definition extends RpcDefinition>(definition: Definition, rules: Record<keyof Definition['methods'] & string, MethodRule>): ServedService {
  return { definition, rules };
}

/**
 * The one table of who may call what. A method without a row does not compile, and `method-table.test.ts` holds the table
 * against the proto files.
 */
export const servedServices: readonly ServedService[] = [
  serve(ContactServiceDefinition, {
    listContacts: { ...roles(TEAM_LEAD, QA, TRAINER, MANAGER, ADMIN), own: ownList },
    getContact: { ...roles(TEAM_LEAD, QA, TRAINER, MANAGER, ADMIN), own: ownContact },
    watchContacts: { ...roles(TEAM_LEAD, QA, TRAINER, MANAGER, ADMIN), own: ownList },
    // Whose contact it is, crm knows: it lets agents act on their own assignments only.
    sendMessage: roles(AGENT, TEAM_LEAD, ADMIN),
    endContact: roles(AGENT, TEAM_LEAD, ADMIN),
    holdContact: roles(AGENT, TEAM_LEAD, ADMIN),
    retrieveContact: roles(AGENT, TEAM_LEAD, ADMIN),
  }),
  serve(RoutingServiceDefinition, {
    acceptOffer: orOwnAgent(ADMIN),
    rejectOffer: orOwnAgent(ADMIN),
    // Only media know that a set-up failed.
    failOffer: services,
    extendWrapUp: orOwnAgent(TEAM_LEAD, ADMIN),
    closeAssignment: orOwnAgent(TEAM_LEAD, ADMIN),
    parkContact: orOwnAgent(TEAM_LEAD, ADMIN),
    resumeContact: orOwnAgent(TEAM_LEAD, ADMIN),
    listQueues: roles(AGENT, TEAM_LEAD, QA, MANAGER, ADMIN),
    watchQueues: roles(AGENT, TEAM_LEAD, QA, MANAGER, ADMIN),
    listWaiting: roles(TEAM_LEAD, QA, MANAGER, ADMIN),
    listPromises: roles(TEAM_LEAD, QA, MANAGER, ADMIN),
    explainOffer: roles(TEAM_LEAD, QA, MANAGER, ADMIN),
    explainWaiting: roles(TEAM_LEAD, QA, MANAGER, ADMIN),
  }),
  serve(SurgeServiceDefinition, {
    startSurge: roles(TEAM_LEAD, ADMIN),
    stopSurge: roles(TEAM_LEAD, ADMIN),
    listSurges: roles(AGENT, TEAM_LEAD, QA, MANAGER, ADMIN),
  }),
  serve(CallBackServiceDefinition, { requestCallBack: roles(AGENT, TEAM_LEAD, MANAGER, ADMIN) }),
  serve(RoutingLabServiceDefinition, {
    replay: roles(TEAM_LEAD, MANAGER, ADMIN),
    whatIf: roles(TEAM_LEAD, MANAGER, ADMIN),
    simulate: roles(TEAM_LEAD, MANAGER, ADMIN),
  }),
  // Whose agents a team lead may act for, routing knows.
  serve(SteeringServiceDefinition, {
    moveContact: leads,
    pullContact: leads,
    reassignContact: leads,
    cancelRequest: leads,
    prioritiseContact: leads,
    pauseQueue: leads,
    resumeQueue: leads,
    overrideSkills: leads,
    restoreSkills: leads,
    forceSignOut: leads,
    withdrawSignOut: leads,
  }),
  serve(AgentServiceDefinition, {
    signIn: orOwnAgent(ADMIN),
    signOut: orOwnAgent(TEAM_LEAD, MANAGER, ADMIN),
    setState: orOwnAgent(TEAM_LEAD, MANAGER, ADMIN),
    evacuateSite: leads,
    heartbeat: orOwnAgent(ADMIN),
    listAgents: roles(AGENT, TEAM_LEAD, QA, MANAGER, ADMIN),
    watchAgents: roles(AGENT, TEAM_LEAD, QA, MANAGER, ADMIN),
  }),
  serve(RecordingServiceDefinition, {
    listRecordings: { ...roles(TEAM_LEAD, QA, TRAINER, ADMIN), seers: learners },
    readRecording: { ...roles(TEAM_LEAD, QA, TRAINER, ADMIN), seers: learners },
    getTranscript: { ...roles(TEAM_LEAD, QA, TRAINER, ADMIN), seers: learners },
  }),
  serve(QualityServiceDefinition, {
    listScores: { ...roles(TEAM_LEAD, QA, TRAINER, MANAGER, ADMIN), seers: learners },
  }),
  serve(DirectoryServiceDefinition, {
    // Reading four megabytes of YAML takes its time.
    applyResources: { ...roles(ADMIN), usualTimeoutMs: 120_000 },
    // Agents get the kinds that their work needs; the directory knows which.
    getResource: { ...roles(...everybody), shown: staffNames },
    listResources: { ...roles(...everybody), shown: staffNames },
    removeResource: roles(ADMIN),
    watchResources: { ...roles(...everybody), shown: staffNames },
    getSecrets: services,
  }),
  serve(IdentityServiceDefinition, {
    signIn: open,
    refreshToken: open,
    getSigningKeys: open,
    // The directory lets users change their own and admins any.
    setPassword: roles(...everybody),
    createApiKey: roles(ADMIN),
    listApiKeys: roles(ADMIN),
    revokeApiKey: roles(ADMIN),
    verifyApiKey: services,
    setPhonePassword: { ...roles(ADMIN), own: { roles: [AGENT], by: { field: 'agent', how: 'match' } } },
    getPhoneCredential: services,
  }),
  serve(AnalyticsServiceDefinition, {
    getKpis: roles(TEAM_LEAD, QA, MANAGER, ADMIN),
    query: { ...roles(MANAGER, ADMIN), usualTimeoutMs: 60_000 },
    getProgress: roles(MANAGER, ADMIN),
  }),
  serve(EventServiceDefinition, {
    watchEvents: roles(TEAM_LEAD, QA, MANAGER, ADMIN),
    listDeadLetters: roles(ADMIN),
    replayDeadLetters: roles(ADMIN),
  }),
];
