import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { silentLogger } from '@patchbay/runtime/logger';
import type { AgentView } from './domain/views.ts';
import type { Services } from './ports.ts';
import { createPresences } from './presence.ts';
import type { Session } from './session/sessions.ts';

const session = { view: { tenant: 'demo', agent: '8001' }, actor: { subject: 'user:8001', kind: 'user', roles: [] } } as unknown as Session;

/** Routing as presence sees it: which session is current, and how often it was told that the desk lives. */
function setUp() {
  const clock = createFakeClock();
  const routing = { current: '', beats: 0, away: false, signIns: 0, state: 'signed_out' as AgentView['state'] };
  const agents = {
    signIn: async () => {
      routing.signIns += 1;
      routing.current = `s${routing.signIns}`;
      routing.state = 'not_ready';
      return { sessionId: routing.current, leaseMs: 9_000n };
    },
    signOut: async () => ({}),
    heartbeat: async ({ sessionId }: { sessionId: string }) => {
      if (routing.away) throw new Error('away');
      routing.beats += 1;
      return { current: sessionId === routing.current };
    },
  } as unknown as Services['agents'];
  const presences = createPresences({ agents, clock, log: silentLogger });
  const join = () => {
    const states: string[] = [];
    const handle = presences.join(session, { agentNow: () => ({ state: routing.state }) as AgentView, onChange: ({ presence }) => states.push(presence) });
    return { handle, states };
  };
  return { clock, routing, presences, join };
}

describe('an agent is present while a desk of theirs lives', () => {
  test('a heartbeat goes out every third of the lease', async () => {
    const { clock, routing, join } = setUp();
    await join().handle.signIn('');
    await clock.advanceAsync(9_100);
    expect(routing.beats).toBe(3);
  });

  test('the last tab that closes ends the heartbeats; the first of two does not', async () => {
    const { clock, routing, join } = setUp();
    const [one, two] = [join(), join()];
    await one.handle.signIn('');
    one.handle.leave();
    await clock.advanceAsync(3_100);
    expect(routing.beats).toBe(1);
    two.handle.leave();
    await clock.advanceAsync(60_000);
    expect(routing.beats).toBe(1);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('routing that is away for a moment is told again', async () => {
    const { clock, routing, join } = setUp();
    const { handle } = join();
    await handle.signIn('');
    routing.away = true;
    await clock.advanceAsync(6_100);
    routing.away = false;
    await clock.advanceAsync(3_000);
    expect(routing.beats).toBe(1);
    expect(handle.state().presence).toBe('kept');
  });

  test('another desk that took over ends the heartbeats and shows', async () => {
    const { clock, routing, join } = setUp();
    const { handle, states } = join();
    await handle.signIn('');
    routing.current = 'elsewhere';
    await clock.advanceAsync(10_000);
    expect(states).toEqual(['kept', 'taken_over']);
    expect(routing.beats).toBe(1);
  });

  test('a remembered session that still holds is gone on with; one that ran out is begun anew', async () => {
    const { routing, join } = setUp();
    routing.current = 'remembered';
    routing.state = 'break';
    expect(await join().handle.signIn('remembered')).toEqual({ resumed: true, signedIn: true });
    routing.current = '';
    routing.state = 'unreachable';
    expect(await join().handle.signIn('remembered')).toEqual({ resumed: false, signedIn: true });
    expect(routing.signIns).toBe(1);
  });
});
