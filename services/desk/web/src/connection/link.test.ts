import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { closeCodes, protocolVersion, type ServerFrame } from '../../../src/protocol.ts';
import { createLink, type LinkSocket } from './link.ts';

/** The server's end of every socket that the link opened. */
function setUp(options: { sessionHolds?: () => Promise<boolean> } = {}) {
  const clock = createFakeClock();
  const sockets: (LinkSocket & { sent: string[]; open: boolean })[] = [];
  const frames: ServerFrame[] = [];
  const link = createLink(
    {
      open() {
        const socket = { sent: [] as string[], open: true, send: (text: string) => void socket.sent.push(text), close: () => void (socket.open = false), onopen: null, onmessage: null, onclose: null } as (typeof sockets)[number];
        sockets.push(socket);
        return socket;
      },
      nowMs: clock.nowMs,
      setTimer: clock.setTimer,
      random: () => 0.5,
      sessionHolds: options.sessionHolds ?? (() => Promise.resolve(true)),
    },
    (frame) => frames.push(frame),
  );
  const now = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  };
  const say = (frame: object) => now().onmessage?.({ data: JSON.stringify(frame) });
  const hello = () => say({ type: 'hello', protocol: protocolVersion, serverMs: 0, session: null, instance: 'a' });
  const drop = async (code = 1006) => {
    now().onclose?.({ code });
    await clock.advanceAsync(0);
  };
  return { clock, sockets, frames, link, now, say, hello, drop };
}

describe('the connection to the desk', () => {
  test('is live after the greeting, and a request gets the reply with its number', async () => {
    const { link, now, say, hello } = setUp();
    expect(link.state.get().phase).toBe('connecting');
    hello();
    expect(link.state.get()).toEqual({ phase: 'live', epoch: 1 });
    const asked = link.request('wall.open', {});
    const { id } = JSON.parse(now().sent[0] ?? '{}') as { id: number };
    say({ type: 'reply', id: id + 1, result: 'another' });
    say({ type: 'reply', id, result: {} });
    await expect(asked).resolves.toEqual({});
  });

  test('a refusal carries the coded error', async () => {
    const { link, say, hello } = setUp();
    hello();
    const asked = link.request('wall.open', {});
    say({ type: 'failure', id: 1, error: { code: 'DESK_FORBIDDEN', status: 'permission_denied', message: '', retryable: false, details: {} } });
    await expect(asked).rejects.toMatchObject({ error: { code: 'DESK_FORBIDDEN' } });
  });

  test('comes back by itself, and what waited for an answer is told so', async () => {
    const { clock, sockets, link, hello, drop } = setUp();
    hello();
    const asked = link.request('wall.open', {}).catch((error: unknown) => error);
    await drop();
    expect(await asked).toMatchObject({ error: { code: 'DESK_DISCONNECTED', retryable: true } });
    expect(link.state.get().phase).toBe('waiting');
    await clock.advanceAsync(1_000);
    expect(sockets).toHaveLength(2);
    hello();
    expect(link.state.get()).toEqual({ phase: 'live', epoch: 2 });
  });

  test('waits longer from try to try, up to eight seconds', async () => {
    const { clock, link, drop } = setUp();
    const waits: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      await drop();
      const state = link.state.get();
      if (state.phase !== 'waiting') throw new Error(state.phase);
      waits.push(state.retryAtMs - clock.nowMs());
      await clock.advanceAsync(waits.at(-1) ?? 0);
    }
    // Three quarters of the full wait, with a random share of one half.
    expect(waits).toEqual([300, 600, 1_200, 2_400, 4_800, 6_000, 6_000]);
  });

  test('a server that says nothing for six seconds is taken for dead', async () => {
    const { clock, sockets, link, say, hello } = setUp();
    hello();
    await clock.advanceAsync(5_000);
    say({ type: 'beat', serverMs: 0, feeds: { agents: 0, queues: 0, facts: 0 } });
    await clock.advanceAsync(5_000);
    expect(link.state.get().phase).toBe('live');
    await clock.advanceAsync(2_000);
    expect(sockets[0]?.open).toBe(false);
    expect(sockets.length).toBeGreaterThan(1);
  });

  test('asks for the password again only when the session is really over', async () => {
    let holds = true;
    const { clock, link, hello, drop } = setUp({ sessionHolds: () => Promise.resolve(holds) });
    hello();
    await drop(closeCodes.sessionEnded);
    expect(link.state.get().phase).toBe('waiting');
    await clock.advanceAsync(1_000);
    hello();
    holds = false;
    await drop(closeCodes.sessionEnded);
    expect(link.state.get().phase).toBe('signed_out');
  });

  test('a desk that is away altogether does not end the session', async () => {
    const { clock, link, drop } = setUp({ sessionHolds: () => Promise.reject(new Error('away')) });
    await drop();
    await clock.advanceAsync(1_000);
    await drop();
    expect(link.state.get().phase).toBe('waiting');
  });

  test('a newer protocol asks for a reload and does not go on', async () => {
    const { clock, sockets, link, say } = setUp();
    say({ type: 'hello', protocol: protocolVersion + 1, serverMs: 0, session: null, instance: 'b' });
    expect(link.state.get().phase).toBe('outdated');
    await clock.advanceAsync(60_000);
    expect(sockets).toHaveLength(1);
  });

  test('nothing is sent while there is no connection', async () => {
    const { link, now } = setUp();
    await expect(link.request('wall.open', {})).rejects.toMatchObject({ error: { code: 'DESK_DISCONNECTED' } });
    expect(now().sent).toEqual([]);
  });
});
