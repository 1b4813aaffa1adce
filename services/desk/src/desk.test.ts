import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createIdSource } from '@patchbay/runtime/ids';
import { closeCodes } from './protocol.ts';
import type { AgentView } from './domain/views.ts';
import { connectDesk, signInCookie, type RefusedError } from './testing/desk-client.ts';
import { startFakeDesk, type FakeDesk } from './testing/fake-desk.ts';
import { fakePassword } from './testing/fake-identity.ts';

const ids = createIdSource();
let desk: FakeDesk;
let cookie: string;

beforeAll(async () => {
  desk = await startFakeDesk();
  cookie = await signInCookie(desk.url, '8001', fakePassword);
});

afterAll(async () => {
  await desk.stop();
});

afterEach(() => {
  for (const agent of ['8001', '8002']) desk.centre.setAgent(agent, { slots: [], pendingState: AgentState.UNSPECIFIED });
});

async function connected() {
  const client = await connectDesk(desk.url, cookie);
  await client.frame('hello');
  return client;
}

/** A chat in the hands of an agent. */
async function chatInHand(agent = '8001') {
  const contactId = await desk.centre.start({ channel: 'webchat', queue: 'billing', name: '顾客甲', address: '13812348888', addressType: 'tel' });
  await desk.centre.offer(contactId, agent);
  await desk.centre.accept(contactId);
  return contactId;
}

function refusal(error: unknown): string {
  return (error as RefusedError).error.code;
}

describe('who may connect', () => {
  test('a wrong password gives a coded refusal and no cookie', async () => {
    const response = await fetch(`${desk.url}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: desk.url },
      body: JSON.stringify({ user: '8001', password: 'wrong' }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: 'DIRECTORY_BAD_CREDENTIALS' } });
  });

  test('the cookie is out of reach of scripts and of other sites', async () => {
    const response = await fetch(`${desk.url}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: desk.url },
      body: JSON.stringify({ user: '8001', password: fakePassword }),
    });
    expect(response.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43\d{3}$/);
  });

  test.each([
    ['a page of another site cannot sign in', 'http://elsewhere.example'],
    ['a sandboxed page cannot sign in', 'null'],
  ])('%s', async (_name, origin) => {
    const response = await fetch(`${desk.url}/api/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json', origin }, body: JSON.stringify({ user: '8001', password: fakePassword }) });
    expect(response.status).toBe(403);
  });

  test('no socket without a session, with a forged one, or from another site', async () => {
    const [head, body, signature] = cookie.slice(cookie.indexOf('=') + 1).split('.');
    const claims = JSON.parse(Buffer.from(body ?? '', 'base64url').toString()) as Record<string, unknown>;
    const forged = [head, Buffer.from(JSON.stringify({ ...claims, roles: ['admin'] })).toString('base64url'), signature].join('.');
    await expect(connectDesk(desk.url, '')).rejects.toThrow('401');
    await expect(connectDesk(desk.url, `patchbay-desk=${forged}`)).rejects.toThrow('401');
    await expect(connectDesk(desk.url, cookie, 'http://elsewhere.example')).rejects.toThrow('403');
  });

  test('signing out ends the sockets of that session', async () => {
    const own = await signInCookie(desk.url, '8002', fakePassword);
    const client = await connectDesk(desk.url, own);
    await fetch(`${desk.url}/api/sign-out`, { method: 'POST', headers: { cookie: own, origin: desk.url } });
    expect(await client.closed).toBe(closeCodes.sessionEnded);
  });
});

describe('an agent at the desk', () => {
  test('signs in, goes ready, and is told of the change', async () => {
    const client = await connected();
    await client.request('agent.signIn', {});
    await client.frame('agent', ({ presence, agent }) => presence === 'kept' && agent?.state === 'not_ready');
    await client.request('agent.setState', { state: 'ready', reason: '' });
    await client.frame('agent', ({ agent }) => agent?.state === 'ready');
    client.close();
  });

  test('is offered a contact with its deadline and the customer masked, and accepts it', async () => {
    const client = await connected();
    const contactId = await desk.centre.start({ channel: 'webchat', queue: 'billing', name: '顾客甲', address: '13812348888', addressType: 'tel', agoMs: 4_000 });
    const offerId = await desk.centre.offer(contactId, '8001');
    const { agent } = await client.frame('agent', (frame) => frame.agent?.slots.some((slot) => slot.offerId === offerId) ?? false);
    const slot = agent?.slots.find((candidate) => candidate.offerId === offerId);
    expect(slot).toMatchObject({ activity: 'reserved', queue: 'billing', channel: 'webchat' });
    expect(slot?.endsMs).toBeGreaterThan(Date.now() + 15_000);
    const { contact } = await client.frame('contact', (frame) => frame.contact.contactId === contactId);
    expect(contact.customer).toMatchObject({ displayName: '顾客甲', address: '138****8888' });
    await client.request('offer.accept', { offerId, contactId });
    await client.frame('contact', (frame) => frame.contact.contactId === contactId && frame.contact.status === 'connected');
    client.close();
  });

  test('cannot accept an offer that is gone', async () => {
    const client = await connected();
    const contactId = await desk.centre.start({ channel: 'webchat', queue: 'billing', name: '', address: 'v-1' });
    const error = await client.request('offer.accept', { offerId: 'gone', contactId }).catch((thrown: unknown) => thrown);
    expect(refusal(error)).toBe('ROUTING_OFFER_GONE');
    client.close();
  });

  test('sees messages of an open contact as they come, and its own with the delivery', async () => {
    const client = await connected();
    const contactId = await chatInHand();
    await desk.centre.receive(contactId, '你好');
    const { items, contact } = await client.request('contact.open', { contactId });
    expect(contact.customer.address).toBe('13812348888');
    expect(items.filter((item) => item.kind === 'message')).toHaveLength(1);
    await desk.centre.receive(contactId, '我的账单不对');
    await client.frame('timeline', (frame) => frame.items.some((item) => item.kind === 'message' && item.parts[0]?.kind === 'text' && item.parts[0].text === '我的账单不对'));
    const commandId = ids.next();
    await client.request('contact.send', { contactId, commandId, text: '您好,我来查一下' });
    await client.frame('timeline', (frame) => frame.items.some((item) => item.kind === 'message' && item.commandId === commandId && item.delivery === 'sent'));
    client.close();
  });

  test('the same command twice has one effect, also when the desk was killed in between', async () => {
    const contactId = await chatInHand();
    const commandId = ids.next();
    const first = await connected();
    await first.request('contact.send', { contactId, commandId, text: '好的' });
    await desk.restart();
    await first.closed;
    const second = await connected();
    await second.request('contact.send', { contactId, commandId, text: '好的' });
    const { items } = await second.request('contact.open', { contactId });
    expect(items.filter((item) => item.kind === 'message' && item.commandId === commandId)).toHaveLength(1);
    second.close();
  });

  test('a reload goes on with the same sign-in; the state stays', async () => {
    const first = await connected();
    await first.request('agent.signIn', {});
    await first.request('agent.setState', { state: 'break', reason: 'meal' });
    const { sessionId } = await first.frame('agent', ({ sessionId, agent }) => sessionId !== '' && agent?.state === 'break');
    first.close();
    await first.closed;
    const second = await connected();
    expect(await second.request('agent.signIn', { sessionId })).toEqual({ resumed: true, signedIn: true });
    const { agent } = await second.frame('agent', ({ presence }) => presence === 'kept');
    expect(agent).toMatchObject({ state: 'break', reason: 'meal' });
    second.close();
  });

  test('a desk that comes back does not take the agent away from another one', async () => {
    const client = await connected();
    await client.request('agent.signIn', {});
    const { sessionId } = await client.frame('agent', ({ presence }) => presence === 'kept');
    desk.centre.sessions.set('8001', 'another-desk');
    desk.centre.setAgent('8001', { state: AgentState.READY });
    client.close();
    await client.closed;
    const back = await connected();
    expect(await back.request('agent.signIn', { sessionId })).toEqual({ resumed: false, signedIn: false });
    await back.frame('agent', ({ presence }) => presence === 'taken_over');
    back.close();
  });

  test('wraps up with a disposition', async () => {
    const client = await connected();
    const contactId = await chatInHand();
    await client.request('contact.end', { contactId, commandId: ids.next() });
    const { agent } = await client.frame('agent', (frame) => frame.agent?.slots.some((slot) => slot.contactId === contactId && slot.activity === 'wrap_up') ?? false);
    const assignmentId = agent?.slots.find((slot) => slot.contactId === contactId)?.assignmentId ?? '';
    expect((await client.request('wrapUp.extend', { contactId, assignmentId })).endsMs).toBeGreaterThan(Date.now() + 100_000);
    await client.request('wrapUp.finish', { contactId, assignmentId, disposition: 'fee.bill', notes: '已解释' });
    const { items, contact } = await client.request('contact.open', { contactId });
    expect(contact).toMatchObject({ status: 'closed', outcome: 'handled', disposition: 'fee.bill' });
    expect(items.at(-1)).toMatchObject({ kind: 'line', code: 'assignment_closed' });
    client.close();
  });

  test('puts a chat aside and takes it back; what is no time is refused', async () => {
    const client = await connected();
    const contactId = await chatInHand();
    const agentWith = async (fits: (agent: AgentView) => boolean) => (await client.frame('agent', ({ agent }) => agent !== null && fits(agent))).agent;
    const inHand = await agentWith(({ slots }) => slots[0]?.contactId === contactId && slots[0].activity === 'engaged');
    const asked = { contactId, assignmentId: inHand?.slots[0]?.assignmentId ?? '', lastMessageId: '' };
    expect(refusal(await client.request('contact.park', { ...asked, untilMs: 'soon' }).catch((error: unknown) => error))).toBe('DESK_BAD_REQUEST');
    await client.request('contact.park', { ...asked, untilMs: '' });
    expect(await agentWith(({ parked }) => parked.length === 1)).toMatchObject({ slots: [], parked: [{ contactId, channel: 'webchat' }] });
    client.forget();
    await client.request('contact.resume', { contactId });
    expect(await agentWith(({ parked, slots }) => parked.length === 0 && slots.length === 1 && slots[0]?.activity === 'engaged')).toMatchObject({ slots: [{ contactId, activity: 'engaged' }] });
    client.close();
  });

  test('cannot open a contact of another agent', async () => {
    const client = await connected();
    const contactId = await chatInHand('8002');
    const error = await client.request('contact.open', { contactId }).catch((thrown: unknown) => thrown);
    expect(refusal(error)).toBe('DESK_FORBIDDEN');
    client.close();
  });

  test('is told who waits in the own queues, and of no others', async () => {
    const client = await connected();
    client.forget();
    desk.centre.setQueue({ queue: 'complaint', waiting: 9 });
    desk.centre.setQueue({ queue: 'billing', waiting: 4, oldestEnqueuedAt: new Date(2_000) });
    const { queues } = await client.frame('own_queues', (frame) => frame.queues.some((queue) => queue.waiting === 4));
    expect(queues.map(({ queue }) => queue)).toEqual(['billing', 'fault']);
    expect(queues[0]).toEqual({ queue: 'billing', waiting: 4, oldestEnqueuedMs: 2_000 });
    expect(client.frames.filter((frame) => frame.type === 'queues')).toEqual([]);
    client.close();
  });

  test('cannot open the wall', async () => {
    const client = await connected();
    const error = await client.request('wall.open', {}).catch((thrown: unknown) => thrown);
    expect(refusal(error)).toBe('DESK_FORBIDDEN');
    client.close();
  });

  test('is not told who waits and why', async () => {
    const client = await connected();
    for (const asked of [client.request('waiting.list', { queue: 'billing', limit: '100' }), client.request('explain.waiting', { contactId: 'c' }), client.request('explain.offer', { contactId: 'c', offerId: '' })]) {
      expect(refusal(await asked.catch((thrown: unknown) => thrown))).toBe('DESK_FORBIDDEN');
    }
    client.close();
  });
});

describe('the wall', () => {
  test('gets every queue and agent once, then what changed', async () => {
    const client = await connectDesk(desk.url, await signInCookie(desk.url, 'chief', fakePassword));
    await client.request('wall.open', {});
    const full = await client.frame('queues', (frame) => frame.full);
    expect(full.queues.map((queue) => queue.queue)).toContain('billing');
    await client.frame('agents', (frame) => frame.full && frame.agents.length === 2);
    client.forget();
    desk.centre.setQueue({ queue: 'billing', waiting: 7, oldestEnqueuedAt: new Date(1_000) });
    const { queues, full: isFull } = await client.frame('queues');
    expect(isFull).toBe(false);
    expect(queues).toHaveLength(1);
    expect(queues[0]).toMatchObject({ queue: 'billing', waiting: 7, oldestEnqueuedMs: 1_000 });
    client.close();
  });
});

describe('as time goes by', () => {
  async function onFakeClock() {
    const clock = createFakeClock();
    const own = await startFakeDesk({ clock });
    const client = await connectDesk(own.url, await signInCookie(own.url, 'chief', fakePassword));
    /** Moves the clock on in steps that let answers come. */
    const pass = async (seconds: number) => {
      for (let step = 0; step < seconds * 2; step += 1) await clock.advanceAsync(500);
    };
    return { own, client, pass };
  }

  test('a user who is disabled is shown the door at once', async () => {
    const { own, client, pass } = await onFakeClock();
    const chief = own.resources.find((resource) => resource.name === 'chief');
    if (chief?.spec?.$case === 'user') chief.spec.value.disabled = true;
    await pass(1);
    expect(await client.closed).toBe(closeCodes.sessionEnded);
    await own.stop();
  });

  test('the wall is told how old its figures are when routing is away', async () => {
    const { own, client, pass } = await onFakeClock();
    await pass(3);
    await client.frame('beat', ({ feeds }) => feeds.queues === 0);
    own.services.routingDown = true;
    await pass(4);
    await client.frame('beat', ({ feeds }) => feeds.queues > 2_500 && feeds.agents > 2_500 && feeds.facts === 0);
    own.services.routingDown = false;
    await pass(2);
    client.forget();
    await pass(1);
    await client.frame('beat', ({ feeds }) => feeds.queues === 0);
    client.close();
    await client.closed;
    await own.stop();
  });
});

describe('bad input', () => {
  test.each(['', 'no json', '[]', '{"id":"1","method":"x"}', '{"id":1}', '{"id":-1,"method":"x"}', '{"id":1,"method":7}'])('%j is refused and nothing happens', async (text) => {
    const client = await connected();
    client.raw(text);
    const { error } = await client.frame('failure');
    expect(error.code).toBe('DESK_BAD_REQUEST');
    client.close();
  });

  test.each([
    ['contact.send', { contactId: '../x', commandId: 'c', text: 'x' }, 'contactId'],
    ['contact.send', { contactId: 'c', commandId: 'c', text: '' }, 'text'],
    ['contact.send', { contactId: 'c', commandId: 'c', text: 'x'.repeat(8_001) }, 'text'],
    ['agent.setState', { state: 'asleep', reason: '' }, 'state'],
    ['agent.setState', { state: 'constructor', reason: '' }, 'state'],
    ['offer.accept', { offerId: 1, contactId: 'c' }, 'offerId'],
  ] as const)('%s with a wrong field names the field', async (method, params, field) => {
    const client = await connected();
    client.raw(JSON.stringify({ id: 5, method, params }));
    const { error } = await client.frame('failure', ({ id }) => id === 5);
    expect(error).toMatchObject({ code: 'DESK_BAD_REQUEST', details: { field } });
    client.close();
  });

  test('an unknown method is refused, also one that every object has', async () => {
    const client = await connected();
    for (const method of ['nothing', 'toString', '__proto__']) {
      const error = await client.request(method as never, {} as never).catch((thrown: unknown) => thrown);
      expect(refusal(error)).toBe('DESK_UNKNOWN_METHOD');
    }
    client.close();
  });

  test.each(['//', '//[', '/\\'])('the path %s, which is none, is answered 400 and ends no process', async (path) => {
    const { port } = new URL(desk.url);
    const status = await new Promise((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(400);
  });

  test('a browser that only sends rubbish is cut off', async () => {
    const client = await connected();
    for (let count = 0; count < 20; count += 1) client.raw('rubbish');
    expect(await client.closed).toBe(closeCodes.badFrames);
  });

  test('a frame over the limit ends the socket', async () => {
    const client = await connected();
    client.raw(JSON.stringify({ id: 1, method: 'x'.repeat(70_000) }));
    expect(await client.closed).toBe(1009);
  });
});

describe('recordings', () => {
  async function get(path: string, headers: Record<string, string> = {}) {
    return fetch(`${desk.url}${path}`, { headers: { cookie, ...headers } });
  }

  test('are streamed whole or by range to the agent who had the call', async () => {
    const contactId = await chatInHand();
    const whole = await get(`/api/recordings/${contactId}`);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(whole.status).toBe(200);
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect(bytes.subarray(0, 4).toString()).toBe('RIFF');
    const part = await get(`/api/recordings/${contactId}`, { range: 'bytes=70000-70009' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 70000-70009/${bytes.byteLength}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(70_000, 70_010));
    expect((await get(`/api/recordings/${contactId}`, { range: 'bytes=99999999-' })).status).toBe(400);
    expect(await (await get(`/api/peaks/${contactId}`)).json()).toHaveLength(2);
  });

  test('are kept from everybody else', async () => {
    const contactId = await chatInHand('8002');
    expect((await get(`/api/recordings/${contactId}`)).status).toBe(403);
    expect((await fetch(`${desk.url}/api/recordings/${contactId}`)).status).toBe(401);
  });
});

test('the page may not be framed, sniffed or scripted by others', async () => {
  const response = await fetch(`${desk.url}/api/session`);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('x-frame-options')).toBe('DENY');
});
