import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { createSessionCookie } from './cookies.ts';
import { isOwnOrigin } from './origins.ts';

const from = (origin: string | undefined, host = 'desk.example:8080') => ({ headers: { origin, host } }) as IncomingMessage;

test.each([
  ['http://desk.example:8080', true],
  ['https://desk.example:8080', true],
  ['https://portal.example', true],
  ['http://desk.example', false],
  ['http://desk.example:8080.evil.example', false],
  ['null', false],
  ['', false],
  [undefined, false],
])('origin %s: own %s', (origin, expected) => {
  expect(isOwnOrigin(from(origin), ['https://portal.example'])).toBe(expected);
});

test('the session is found among other cookies, under its own name only', () => {
  const cookie = createSessionCookie(false);
  const read = (header: string) => cookie.read({ headers: { cookie: header } } as IncomingMessage);
  expect(read('a=1; patchbay-desk=token; b=2')).toBe('token');
  expect(read('xpatchbay-desk=token')).toBeUndefined();
  expect(read('')).toBeUndefined();
});

test('over TLS the cookie belongs to this very host and is never sent in the clear', () => {
  expect(createSessionCookie(true).write('t', 60)).toBe('__Host-patchbay-desk=t; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=60');
});
