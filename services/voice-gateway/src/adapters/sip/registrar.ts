import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import { createKeyedQueue } from '@patchbay/runtime/keyed-queue';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { applyRegister } from '@patchbay/sip/apply-register';
import { createDigestServer } from '@patchbay/sip/auth/create-digest-server';
import type { DigestSecret } from '@patchbay/sip/auth/digest-server';
import { isSipUri, parseUri, unescapeUriText } from '@patchbay/sip/message/uri';
import type { Binding, RegistrarLimits } from '@patchbay/sip/registrar';
import type { IncomingRequest } from '@patchbay/sip/session/incoming-request';
import type { CentreView } from '../../ports.ts';
import { liveBindings, type PhoneHop, type RegistrationStore, type StoredBinding } from '../../registrations.ts';
import { createFailureLimit } from './failure-limit.ts';
import { voiceMetrics } from '../../metrics.ts';

/** Finds what a phone's password is checked with. */
export interface PhoneSecrets {
  /** The digests of a user, undefined when there is no such phone; rejects when nobody can say. */
  find(tenant: string, sipUsername: string): Promise<DigestSecret | undefined>;
}

/** What the registrar works with. */
export interface RegistrarOptions {
  readonly realm: string;
  readonly secrets: PhoneSecrets;
  readonly registrations: RegistrationStore;
  readonly centre: CentreView;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly instance: string;
}

const limits: RegistrarLimits = { minExpiresS: 30, maxExpiresS: 3_600, defaultExpiresS: 600, maxBindings: 4 };

/** Address of record: user and host of To. */
function addressOfRecord(request: IncomingRequest): { user: string; host: string } | undefined {
  try {
    const uri = parseUri(request.request.core.to.uri);
    return isSipUri(uri) && uri.user !== undefined ? { user: unescapeUriText(uri.user), host: uri.host } : undefined;
  } catch {
    // Answered with 400 by the caller.
    return undefined;
  }
}

const toBinding = (stored: StoredBinding): Binding => ({ ...stored, parameters: new Map(stored.parameters.map(([name, value]) => [name, value ?? undefined])) });

function toStored(binding: Binding, hop: PhoneHop, instance: string): StoredBinding {
  const { uri, callId, cseq, expiresAtMs, q } = binding;
  return { uri, callId, cseq, expiresAtMs, q, parameters: [...binding.parameters].map(([name, value]) => [name, value ?? null] as const), hop, instance };
}

/** Answers REGISTER: digest first, then the rules of RFC 3261 section 10.3; what comes of it outlives the process. */
export function createRegistrar(options: RegistrarOptions): (request: IncomingRequest) => Promise<void> {
  const { centre, registrations, clock, log } = options;
  const digest = createDigestServer({ clock, realm: options.realm });
  const failures = createFailureLimit(clock);
  const queue = createKeyedQueue();
  const answered = options.metrics.counter(voiceMetrics.voice_registers_total);

  /** The tenant of a user name; one that several have is told apart by the domain, whose first label is the tenant. */
  function tenantOf({ user, host }: { user: string; host: string }): string | undefined {
    const found = centre.agentsWithPhone(user);
    return (found.length === 1 ? found[0] : found.find(({ tenant }) => host === tenant || host.startsWith(`${tenant}.`)))?.tenant;
  }

  async function store(request: IncomingRequest, tenant: string, user: string): Promise<number> {
    const { source } = request;
    const before = liveBindings(registrations.find(tenant, user), clock.nowMs());
    const apply = (bindings: readonly StoredBinding[]) => applyRegister(bindings.map(toBinding), request.request, clock.nowMs(), limits);
    // A phone that was restarted leaves its old binding behind: the one that runs out first makes room, nobody is locked out.
    const room = () => before.toSorted((left, right) => right.expiresAtMs - left.expiresAtMs).slice(0, limits.maxBindings - 1);
    const tried = apply(before);
    const outcome = tried.status === 403 ? apply(room()) : tried;
    if (outcome.status === 200) {
      const hop: PhoneHop = { protocol: source.protocol, address: source.address, port: source.port, ...(source.connection === undefined ? {} : { connection: source.connection }) };
      const known = new Map(before.map((binding) => [`${binding.uri} ${binding.callId} ${binding.cseq}`, binding]));
      const bindings = outcome.bindings.map((binding) => known.get(`${binding.uri} ${binding.callId} ${binding.cseq}`) ?? toStored(binding, hop, options.instance));
      await registrations.save(tenant, user, { bindings });
    }
    request.respond(outcome.status, { headers: outcome.headers });
    return outcome.status;
  }

  async function decide(request: IncomingRequest): Promise<number> {
    const record = addressOfRecord(request);
    if (record === undefined) {
      request.respond(400);
      return 400;
    }
    const attempt = `${request.source.address} ${record.user}`;
    if (failures.isBlocked(attempt)) {
      request.respond(403);
      return 403;
    }
    const tenant = tenantOf(record);
    // Nobody learns from the answer whether a user name exists.
    const verdict = await digest.check(request.request, (username) => (tenant === undefined || username !== record.user ? Promise.resolve(undefined) : options.secrets.find(tenant, username)));
    if (verdict.kind === 'accepted' && tenant !== undefined) {
      failures.clear(attempt);
      return queue.run(`${tenant} ${record.user}`, () => store(request, tenant, record.user));
    }
    if (verdict.kind === 'refused') {
      failures.count(attempt);
      log.info('phone was refused', { personal: { user: record.user, address: request.source.address } });
    }
    const status = verdict.kind === 'accepted' ? 403 : verdict.status;
    request.respond(status, verdict.kind === 'challenge' ? { headers: verdict.headers } : {});
    return status;
  }

  return async (request) => {
    try {
      answered.inc({ status: String(await decide(request)) });
    } catch (thrown) {
      log.warn('phone could not be registered', { error: AppError.from(thrown) });
      request.respond(503, { headers: [{ name: 'retry-after', value: '5' }] });
      answered.inc({ status: '503' });
    }
  };
}
