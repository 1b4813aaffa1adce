import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of services/routing. */
export const routingErrors = {
  ROUTING_OFFER_GONE: {
    status: 'failed_precondition',
    meaning: 'The offer ran out, was taken back, or is another agent’s.',
    remedy: 'Nothing; the contact waits again or is with somebody else.',
  },
  ROUTING_ASSIGNMENT_GONE: {
    status: 'failed_precondition',
    meaning: 'The assignment is closed, or is another agent’s.',
    remedy: 'Read the contact again; its wrap-up may have ended at the limit.',
  },
  ROUTING_CONTACT_OPEN: {
    status: 'failed_precondition',
    meaning: 'The contact has not ended, so there is no wrap-up yet.',
    remedy: 'End the contact first, then try again in a moment.',
    retryable: true,
  },
  ROUTING_NO_EXTENSION: {
    status: 'failed_precondition',
    meaning: 'The queue gives no extension of wrap-up, or the wrap-up has no limit.',
    remedy: 'Finish within the limit; an administrator can set wrapUp.extensionSeconds of the queue.',
  },
  ROUTING_DISPOSITION_NEEDED: {
    status: 'invalid_argument',
    meaning: 'The queue asks for a disposition before wrap-up ends.',
    remedy: 'Choose a code of the queue’s tree.',
  },
  ROUTING_DISPOSITION_UNKNOWN: {
    status: 'invalid_argument',
    meaning: 'The disposition is not a code of the queue’s tree that can be chosen.',
    remedy: 'Choose a code that has none below it.',
  },
  ROUTING_BAD_PAGE_TOKEN: {
    status: 'invalid_argument',
    meaning: 'The page token is none that an answer gave.',
    remedy: 'Begin again with the first page.',
  },
  ROUTING_UNKNOWN_CONTACT: {
    status: 'not_found',
    meaning: 'The contact does not wait, or has no such offer that is still in the stream.',
    remedy: 'Ask for the contact’s facts to see where it is.',
  },
  ROUTING_UNKNOWN_AGENT: {
    status: 'not_found',
    meaning: 'The centre has no such agent.',
    remedy: 'Apply the Agent resource first; see which agent the user works as.',
  },
  ROUTING_NOT_SIGNED_IN: {
    status: 'failed_precondition',
    meaning: 'The agent is not signed in, or was lost.',
    remedy: 'Sign in again.',
  },
  ROUTING_AGENT_ENGAGED: {
    status: 'failed_precondition',
    meaning: 'The agent still has a contact or a wrap-up in hand.',
    remedy: 'Finish it first.',
  },
  ROUTING_SIGN_OUT_PENDING: {
    status: 'failed_precondition',
    meaning: 'A team lead signed the agent out; it takes effect with the end of the call.',
    remedy: 'Ask the team lead to withdraw it.',
  },
  ROUTING_BAD_STATE: {
    status: 'invalid_argument',
    meaning: 'This state cannot be chosen.',
    remedy: 'Choose ready, not ready or break.',
  },
  ROUTING_REASON_NEEDED: {
    status: 'invalid_argument',
    meaning: 'A break, or a surge by hand, needs a reason.',
    remedy: 'Give a reason code, e.g. `meal`: lower-case letters, digits, `_`, `-` and `.`.',
  },
  ROUTING_UNKNOWN_SURGE_PLAN: {
    status: 'not_found',
    meaning: 'There is no such surge plan with queues of the centre.',
    remedy: 'See the names with `patchbay surge show`, or apply the SurgePlan.',
  },
  ROUTING_FORBIDDEN: {
    status: 'permission_denied',
    meaning: 'The caller may not act for this agent.',
    remedy: 'Act as the agent itself, or as team lead or administrator.',
  },
  ROUTING_REASON_TOO_LONG: {
    status: 'invalid_argument',
    meaning: 'The reason is longer than 200 characters.',
    remedy: 'Shorten it.',
  },
  ROUTING_OTHER_TEAM: {
    status: 'permission_denied',
    meaning: 'The agent belongs to another team than the team lead.',
    remedy: 'Ask that team’s lead, or a manager.',
  },
  ROUTING_UNKNOWN_QUEUE: {
    status: 'not_found',
    meaning: 'The routing domain has no such queue.',
    remedy: 'Name a Queue resource; a contact is moved within its routing domain only.',
  },
  ROUTING_QUEUE_CLOSED: {
    status: 'failed_precondition',
    meaning: 'The hours of the queue are over.',
    remedy: 'Move the contact to a queue that is open.',
  },
  ROUTING_AGENT_NOT_FREE: {
    status: 'failed_precondition',
    meaning: 'The agent is not ready, or has no free slot of the channel.',
    remedy: 'Choose a free agent, or have this one become ready first.',
  },
  ROUTING_NOT_TEXT: {
    status: 'failed_precondition',
    meaning: 'The contact is a call: its medium carries it.',
    remedy: 'Transfer the call.',
  },
  ROUTING_CUSTOMER_WROTE: {
    status: 'failed_precondition',
    meaning: 'The customer wrote since the message that the agent saw last.',
    remedy: 'Read it, then answer or park again.',
  },
  ROUTING_NOT_PARKED: {
    status: 'not_found',
    meaning: 'The agent has parked no such contact.',
    remedy: 'Nothing; it came back by itself, ended, or is another agent’s.',
  },
  ROUTING_BAD_TIME: {
    status: 'invalid_argument',
    meaning: 'A contact cannot be parked until that time.',
    remedy: 'Give a time within the next six days.',
  },
  ROUTING_CONTACT_OFFERED: {
    status: 'failed_precondition',
    meaning: 'The contact rings at an agent just now and has no place in line.',
    remedy: 'Try again when it came back, or pull it.',
  },
  ROUTING_BAD_SKILLS: {
    status: 'invalid_argument',
    meaning: 'The skills or the time of a change of skills are not sound.',
    remedy: 'Name 1 to 64 skills, each once, with levels from 0 to 100, and a time within the next seven days.',
  },
  ROUTING_BAD_PRIORITY: {
    status: 'invalid_argument',
    meaning: 'The priority is out of range.',
    remedy: 'Give seconds of waiting, from -86400 to 86400.',
  },
  ROUTING_NOT_WRITER: {
    status: 'unavailable',
    meaning: 'This process does not write the routing domain just now.',
    remedy: 'Try again: another process takes it over within seconds.',
  },
  ROUTING_OVERLOADED: {
    status: 'resource_exhausted',
    meaning: 'More work waits for the routing domain than its bound.',
    remedy: 'Try again; spread queues over several routing domains when it goes on.',
  },
  ROUTING_LAB_BAD_REQUEST: {
    status: 'invalid_argument',
    meaning: 'The span or a setting of the question is missing or out of range.',
    remedy: 'Correct the field named in the details; a span is at most seven days.',
  },
  ROUTING_LAB_BUSY: {
    status: 'resource_exhausted',
    meaning: 'This process is at another question of the lab.',
    remedy: 'Try again when that is done.',
  },
  ROUTING_LAB_FAILED: {
    status: 'internal',
    meaning: 'The thread of a question of the lab died.',
    remedy: 'Ask for a shorter span; look at the log for the cause.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this service. */
export const routingError = errorsOf(routingErrors);
