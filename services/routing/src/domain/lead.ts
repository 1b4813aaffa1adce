/** Who stepped in and why: stands in the facts. */
export interface Lead {
  /** Subject of the team lead or service, e.g. `user:lead`. */
  readonly actor: string;
  readonly reason: string;
}

/** What a team lead does with a contact. */
export type Steering =
  | { readonly kind: 'MoveContact'; readonly contactId: string; readonly queue: string; readonly lead: Lead }
  | { readonly kind: 'PullContact'; readonly contactId: string; readonly agentId: string; readonly lead: Lead }
  | { readonly kind: 'ReassignContact'; readonly contactId: string; /** Empty for whoever comes free. */ readonly agentId: string; readonly lead: Lead }
  | { readonly kind: 'CancelRequest'; readonly contactId: string; readonly lead: Lead }
  | { readonly kind: 'PrioritiseContact'; readonly contactId: string; /** Seconds. */ readonly priority: number; readonly lead: Lead };
