import type { AgentView, ContactView, CustomerView } from './views.ts';

/** Whoever looks or acts: always taken from the session. */
export interface Viewer {
  roles: readonly string[];
  /** Agent the user works as; empty for none. */
  agent: string;
}

function hasRole(viewer: Viewer, ...roles: string[]): boolean {
  return viewer.roles.some((role) => roles.includes(role));
}

/** Pages a user may open. */
export function pagesOf(viewer: Viewer): { desk: boolean; wall: boolean } {
  return { desk: viewer.agent !== '', wall: hasRole(viewer, 'team_lead', 'qa', 'manager', 'admin') };
}

/** Whether a viewer may act for agents, contacts and queues of others. */
export function mayLead(viewer: Viewer): boolean {
  return hasRole(viewer, 'team_lead', 'manager', 'admin');
}

/** Whether the agent has the contact in hand now: offered, engaged or in wrap-up. */
export function hasInHand(agent: AgentView | undefined, contactId: string): boolean {
  return agent?.slots.some((slot) => slot.contactId === contactId) ?? false;
}

/** How much of a contact a viewer sees. */
export type Sight = 'whole' | 'masked' | 'none';

/**
 * Agents see whole what they are or were assigned to, masked what is just offered to them, and else nothing; team leads
 * and administrators see everything whole, QA staff and trainers masked.
 */
export function sightOf(viewer: Viewer, contact: ContactView, inHand: boolean): Sight {
  if (hasRole(viewer, 'team_lead', 'admin')) return 'whole';
  if (viewer.agent !== '' && contact.servedBy.includes(viewer.agent)) return 'whole';
  if (inHand || hasRole(viewer, 'qa', 'trainer')) return 'masked';
  return 'none';
}

/** Whether a viewer may open a contact that an agent had. */
export function mayOpen(viewer: Viewer, agentId: string): boolean {
  return hasRole(viewer, 'team_lead', 'admin', 'qa', 'trainer') || (viewer.agent !== '' && viewer.agent === agentId);
}

/** Whether a viewer may hear recordings and read scores of a contact. */
export function mayReview(viewer: Viewer, contact: ContactView): boolean {
  return hasRole(viewer, 'team_lead', 'admin', 'qa', 'trainer') || (viewer.agent !== '' && contact.servedBy.includes(viewer.agent));
}

/** An address as lists show it: enough to tell two apart, not enough to use. */
export function maskAddress(type: string, address: string): string {
  // What another service masked already stays as it is.
  if (address.includes('*')) return address;
  if (type === 'email') {
    const at = address.lastIndexOf('@');
    return at < 1 ? '***' : `${address.slice(0, 1)}***${address.slice(at)}`;
  }
  if (address.length <= 4) return '*'.repeat(address.length);
  const [head, tail] = type === 'tel' ? [address.length >= 11 ? address.length - 8 : 1, 4] : address.length >= 12 ? [3, 4] : [2, 2];
  return `${address.slice(0, head)}****${address.slice(-tail)}`;
}

/** Letters make a name; exchanges often give the caller's number again where the name belongs, and that is to be masked. */
export function nameOf(displayName: string, address: string): string {
  return displayName === address || !/\p{L}/u.test(displayName) ? '' : displayName;
}

function maskCustomer(customer: CustomerView): CustomerView {
  return { ...customer, address: maskAddress(customer.type, customer.address) };
}

/** The contact as lists and masked viewers see it. */
export function maskContact(contact: ContactView): ContactView {
  return { ...contact, customer: maskCustomer(contact.customer) };
}
