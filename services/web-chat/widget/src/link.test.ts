import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import type { ServerFrame } from '../../src/domain/frames.ts';
import { createLink, reconnectWaitMs, type LinkEvents } from './link.ts';

const welcome: ServerFrame = { type: 'welcome', protocol: 1, visitorToken: 't', title: '', greeting: '', limits: { textBytes: 100, pingMs: 20_000, silenceMs: 45_000 } };
const live: ServerFrame = { type: 'live', contactId: '', seq: 0, phase: 'none', agent: '', reason: '' };

/** A page with a fake network; the newest connection is the last one. */
function openPage() {
  const clock = createFakeClock();
  const connections: { events: LinkEvents; sent: string[]; isClosed: boolean; tell(frame: ServerFrame): void }[] = [];
  const statuses: string[] = [];
  const frames: ServerFrame[] = [];
  let badTokens = 0;
  const link = createLink({
    open(events) {
      const connection = { events, sent: [] as string[], isClosed: false, tell: (frame: ServerFrame) => { events.onText(JSON.stringify(frame)); } };
      connections.push(connection);
      return { send: (text) => void connection.sent.push(text), close: () => { connection.isClosed = true; } };
    },
    hello: () => ({ widgetKey: 'W1' }),
    onFrame: (frame) => void frames.push(frame),
    onStatus: (status) => void statuses.push(status),
    onBadToken: () => { badTokens += 1; },
    random: () => 0.5,
    setTimer: (callback, delayMs) => clock.setTimer(delayMs, callback),
    clearTimer: (timer) => { (timer as (() => void) | undefined)?.(); },
  });
  const newest = () => connections[connections.length - 1]!;
  const comeUp = () => {
    newest().events.onOpen();
    newest().tell(welcome);
    newest().tell(live);
  };
  return { clock, link, connections, statuses, frames, newest, comeUp, badTokens: () => badTokens };
}

describe('the widget’s connection', () => {
  test('says hello and is up when the gap is filled', () => {
    const page = openPage();
    page.link.start();
    page.comeUp();
    expect(JSON.parse(page.newest().sent[0] ?? '')).toEqual({ type: 'hello', protocol: 1, widgetKey: 'W1' });
    expect(page.statuses).toEqual(['up']);
    expect(page.link.send({ type: 'end' })).toBe(true);
  });

  test('comes back with waits that double, half of each by this dice', () => {
    const page = openPage();
    page.link.start();
    const waits = [250, 500, 1000, 2000];
    for (const waitMs of waits) {
      const before = page.connections.length;
      page.newest().events.onClose(1006);
      page.clock.advance(waitMs - 1);
      expect(page.connections).toHaveLength(before);
      page.clock.advance(1);
      expect(page.connections).toHaveLength(before + 1);
    }
  });

  test('waits no longer than half a minute, and starts over after it was up', () => {
    expect(reconnectWaitMs(30, () => 1)).toBe(30_000);
    const page = openPage();
    page.link.start();
    for (let attempt = 0; attempt < 6; attempt += 1) {
      page.newest().events.onClose(1006);
      page.clock.advance(250 * 2 ** attempt);
    }
    page.comeUp();
    page.newest().events.onClose(1006);
    page.clock.advance(250);
    expect(page.statuses.at(-1)).toBe('down');
    expect(page.connections).toHaveLength(8);
  });

  test('comes back when the draining server said', () => {
    const page = openPage();
    page.link.start();
    page.comeUp();
    page.newest().tell({ type: 'drain', retryAfterMs: 1234 });
    page.newest().events.onClose(1012);
    page.clock.advance(1233);
    expect(page.connections).toHaveLength(1);
    page.clock.advance(1);
    expect(page.connections).toHaveLength(2);
  });

  test('pings, and gives up a connection that says nothing', () => {
    const page = openPage();
    page.link.start();
    page.comeUp();
    page.clock.advance(20_000);
    expect(page.newest().sent.at(-1)).toBe('{"type":"ping"}');
    page.newest().tell({ type: 'pong' });
    page.clock.advance(44_999);
    expect(page.connections[0]?.isClosed).toBe(false);
    page.clock.advance(1);
    expect(page.connections[0]?.isClosed).toBe(true);
    expect(page.statuses).toEqual(['up', 'down']);
  });

  test('hears nothing from a connection it gave up', () => {
    const page = openPage();
    page.link.start();
    page.comeUp();
    page.clock.advance(45_000);
    const seen = page.frames.length;
    page.connections[0]?.tell(live);
    page.connections[0]?.events.onClose(1000);
    expect(page.frames).toHaveLength(seen);
  });

  test('woken, asks a connection that may be half open for a sign within five seconds', () => {
    const page = openPage();
    page.link.start();
    page.comeUp();
    page.link.wake();
    page.clock.advance(5_000);
    expect(page.connections[0]?.isClosed).toBe(true);
    page.clock.advance(250);
    page.comeUp();
    page.link.wake();
    page.newest().tell({ type: 'pong' });
    page.clock.advance(5_000);
    expect(page.newest().isClosed).toBe(false);
  });

  test('woken while waiting, connects at once', () => {
    const page = openPage();
    page.link.start();
    page.newest().events.onClose(1006);
    page.link.wake();
    expect(page.connections).toHaveLength(2);
    page.comeUp();
    page.clock.advance(10_000);
    expect(page.connections).toHaveLength(2);
  });

  test('forgets a token that the server does not know, and comes back without', () => {
    const page = openPage();
    page.link.start();
    page.newest().events.onClose(4401);
    expect(page.badTokens()).toBe(1);
    page.clock.advance(250);
    expect(page.connections).toHaveLength(2);
  });

  test.each([4400, 4403, 4404])('stops for good on %i', (code) => {
    const page = openPage();
    page.link.start();
    page.newest().events.onClose(code);
    page.clock.advance(600_000);
    expect(page.connections).toHaveLength(1);
    expect(page.statuses).toEqual(['stopped']);
  });
});
