/** Disposition codes that routing writes itself; agents cannot choose codes that begin with `system.`. */
export const systemDispositions = { expired: 'system.expired', setUpFailed: 'system.set_up_failed', agentLost: 'system.agent_lost', callBackFailed: 'system.call_back_failed', reassigned: 'system.reassigned', forcedOut: 'system.forced_out', parked: 'system.parked' } as const;
