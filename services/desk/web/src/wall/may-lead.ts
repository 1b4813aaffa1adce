import { useDesk } from '../connection/desk.ts';

/** Whether the user may act for others; routing looks once more. */
export function useMayLead(): boolean {
  return useDesk().session.roles.some((role) => role === 'team_lead' || role === 'manager' || role === 'admin');
}
