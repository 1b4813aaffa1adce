import { serviceActor } from '@patchbay/bus/actor';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { isDisabledUser } from '../domain/catalogue.ts';
import type { Backend } from '../ports.ts';
import type { Session, Sessions } from '../session/sessions.ts';
import { readTexts } from '../socket/read-frame.ts';
import type { SessionCookie } from './cookies.ts';
import { readJson, sendJson } from './respond.ts';
import type { Route } from './route.ts';

const nameRule = { min: 1, max: 63 };
const callLimitMs = 8_000;
const preferenceRules = { language: { max: 16, pattern: /^[A-Za-z-]+$/ }, theme: { max: 8, pattern: /^(light|dark|auto)$/ } };

export interface SessionRouteOptions {
  backend: Backend;
  sessions: Sessions;
  cookie: SessionCookie;
  /** Tenant of a sign-in that names none; empty when each must. */
  tenant: string;
  clock: Clock;
  log: Logger;
  /** Ends the sockets of a session. */
  endSockets(session: Session): void;
}

/** Sign-in, sign-out, the session and the user's preferences. */
export function sessionRoutes(options: SessionRouteOptions): Record<string, Route> {
  const { backend, sessions, cookie, clock, log } = options;
  const { identity } = backend.services;

  function cookieFor(token: string, expiresAt: Date | undefined): string {
    return cookie.write(token, ((expiresAt?.getTime() ?? clock.nowMs()) - clock.nowMs()) / 1000);
  }

  async function describe(session: Session) {
    const { tenant, user } = session.view;
    const preferences = await backend.preferences.read(tenant, user).catch((error: unknown) => {
      log.warn('preferences cannot be read', { error });
      return { language: '', theme: '' };
    });
    return { session: session.view, preferences };
  }

  /** A token past half of its life is renewed, so that a desk that stays open stays signed in. */
  async function renew(session: Session): Promise<{ session: Session; setCookie: string | undefined }> {
    const { issuedMs, token, view } = session;
    const half = issuedMs + (view.expiresMs - issuedMs) / 2;
    if (clock.nowMs() < half || isDisabledUser(backend.directory.resource(view.tenant, 'User', view.user))) return { session, setCookie: undefined };
    try {
      const fresh = await identity.refreshToken({ token }, { tenant: view.tenant, actor: session.actor, timeoutMs: callLimitMs });
      return { session: await sessions.check(fresh.token), setCookie: cookieFor(fresh.token, fresh.expiresAt) };
    } catch (error) {
      // The old token is good until it runs out; the next look at the session tries again.
      log.warn('session was not renewed', { error });
      return { session, setCookie: undefined };
    }
  }

  return {
    'POST /api/sign-in': async ({ request, response }) => {
      const asked = readTexts(await readJson(request), { tenant: { max: 63, pattern: /^[a-z0-9_-]+$/ }, user: nameRule, password: { min: 1, max: 1024 } });
      const tenant = asked.tenant || options.tenant;
      const { token, expiresAt } = await identity.signIn({ ...asked, tenant }, { tenant, actor: serviceActor('desk'), timeoutMs: callLimitMs });
      const session = await sessions.check(token);
      response.setHeader('set-cookie', cookieFor(token, expiresAt));
      sendJson(response, 200, await describe(session));
    },

    'POST /api/sign-out': async ({ response, session }) => {
      const ended = await session().catch(() => undefined);
      if (ended !== undefined) options.endSockets(ended);
      response.setHeader('set-cookie', cookie.clear());
      sendJson(response, 200, {});
    },

    'GET /api/session': async ({ request, response, session }) => {
      if (cookie.read(request) === undefined) {
        sendJson(response, 200, { session: null, tenant: options.tenant });
        return;
      }
      const renewed = await renew(await session());
      if (renewed.setCookie !== undefined) response.setHeader('set-cookie', renewed.setCookie);
      sendJson(response, 200, await describe(renewed.session));
    },

    'POST /api/preferences': async ({ request, response, session }) => {
      const { tenant, user } = (await session()).view;
      const preferences = readTexts(await readJson(request), preferenceRules);
      await backend.preferences.write(tenant, user, preferences);
      sendJson(response, 200, preferences);
    },
  };
}
