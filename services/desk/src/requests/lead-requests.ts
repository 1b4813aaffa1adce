import { mayLead } from '../domain/access.ts';
import type { EvacuationView } from '../domain/views.ts';
import { deskError } from '../errors.ts';
import { idRule, readTexts } from '../socket/read-frame.ts';
import { reasonRule, stateOf } from './agent-requests.ts';
import type { RequestHandlers, RequestScope } from './scope.ts';

/** What people say when they are asked why. */
const whyRule = { min: 1, max: 200 };
const nameRule = { min: 1, max: 64 };

/** Routing checks once more, and for whose agents. */
function requireLead({ session }: RequestScope): void {
  if (!mayLead(session.view)) throw deskError('DESK_FORBIDDEN');
}

/** Skills with levels, as the browser writes them. */
const skillsPattern = /^[^=\s]+=\d{1,3}(?: [^=\s]+=\d{1,3})*$/;
const siteRule = { min: 1, max: 200 };
/** Many agents leave in pieces, each stored before the next. */
const evacuationLimitMs = 30_000;

async function evacuate(params: unknown, scope: RequestScope, lookOnly: boolean): Promise<EvacuationView> {
  requireLead(scope);
  const { site } = readTexts(params, { site: siteRule });
  return scope.services.agents.evacuateSite({ site, lookOnly }, scope.call(evacuationLimitMs));
}

/** What team leads do for others. */
export const leadRequests = {
  'lead.setState': async (params, scope) => {
    requireLead(scope);
    const { agentId, state, reason } = readTexts(params, { agentId: idRule, state: { min: 1, max: 20 }, reason: reasonRule });
    await scope.services.agents.setState({ agentId, state: stateOf(state), reason }, scope.call());
    return {};
  },

  'lead.signOut': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.forceSignOut(readTexts(params, { agentId: idRule, reason: whyRule }), scope.call());
    return {};
  },

  'lead.withdrawSignOut': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.withdrawSignOut(readTexts(params, { agentId: idRule }), scope.call());
    return {};
  },

  'lead.moveContact': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.moveContact(readTexts(params, { contactId: idRule, queue: nameRule, reason: whyRule }), scope.call());
    return {};
  },

  'lead.pullContact': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.pullContact(readTexts(params, { contactId: idRule, agentId: idRule, reason: whyRule }), scope.call());
    return {};
  },

  'lead.reassignContact': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.reassignContact(readTexts(params, { contactId: idRule, agentId: { ...idRule, min: 0 }, reason: whyRule }), scope.call());
    return {};
  },

  'lead.cancelRequest': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.cancelRequest(readTexts(params, { contactId: idRule, reason: whyRule }), scope.call());
    return {};
  },

  'lead.prioritise': async (params, scope) => {
    requireLead(scope);
    const { seconds, ...asked } = readTexts(params, { contactId: idRule, seconds: { min: 1, max: 6, pattern: /^-?\d+$/ }, reason: whyRule });
    await scope.services.steering.prioritiseContact({ ...asked, priority: Number(seconds) }, scope.call());
    return {};
  },

  'lead.overrideSkills': async (params, scope) => {
    requireLead(scope);
    const { agentId, skills, untilMs, reason } = readTexts(params, { agentId: idRule, skills: { min: 1, max: 5_000, pattern: skillsPattern }, untilMs: { min: 1, max: 15, pattern: /^\d+$/ }, reason: whyRule });
    const levels = skills.split(' ').map((one) => ({ skill: one.slice(0, one.lastIndexOf('=')), level: Number(one.slice(one.lastIndexOf('=') + 1)) }));
    await scope.services.steering.overrideSkills({ agentId, skills: levels, until: new Date(Number(untilMs)), reason }, scope.call());
    return {};
  },

  'lead.restoreSkills': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.restoreSkills(readTexts(params, { agentId: idRule }), scope.call());
    return {};
  },

  'lead.lookAtEvacuation': (params, scope) => evacuate(params, scope, true),
  'lead.evacuate': (params, scope) => evacuate(params, scope, false),

  'lead.pauseQueue': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.pauseQueue(readTexts(params, { queue: nameRule, reason: whyRule }), scope.call());
    return {};
  },

  'lead.resumeQueue': async (params, scope) => {
    requireLead(scope);
    await scope.services.steering.resumeQueue(readTexts(params, { queue: nameRule }), scope.call());
    return {};
  },
} satisfies Partial<RequestHandlers>;
