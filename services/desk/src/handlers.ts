import { agentRequests } from './requests/agent-requests.ts';
import { contactRequests } from './requests/contact-requests.ts';
import { explainRequests } from './requests/explain-requests.ts';
import { leadRequests } from './requests/lead-requests.ts';
import { recordRequests } from './requests/record-requests.ts';
import type { RequestHandlers } from './requests/scope.ts';

/** Every request a browser can make. */
export const requestHandlers: RequestHandlers = { ...agentRequests, ...contactRequests, ...explainRequests, ...leadRequests, ...recordRequests };
