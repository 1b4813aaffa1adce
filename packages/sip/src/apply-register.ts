import type { NameAddress } from './message/address.ts';
import { parseDecimal } from './message/cursor.ts';
import { contactsOf, expiresOf } from './message/headers.ts';
import type { HeaderField, SipRequest } from './message/message.ts';
import { formatParameters } from './message/parameters.ts';
import { isSameUri, isSipUri, parseUri } from './message/uri.ts';
import type { Binding, RegisterOutcome, RegistrarLimits } from './registrar.ts';

/** Seconds below which a registrar may refuse (RFC 3261 section 10.3, step 7). */
const refusableBelowS = 3_600;

/** What the headers ask for, before the bindings are looked at. */
type Wishes = { readonly contacts: readonly NameAddress[]; readonly removeAll: boolean } | 'malformed';

function wishesOf(request: SipRequest): Wishes {
  try {
    const contacts = contactsOf(request);
    if (contacts !== '*') return contacts.every(({ uri }) => isSipUri(parseUri(uri))) ? { contacts, removeAll: false } : 'malformed';
    return expiresOf(request) === 0 ? { contacts: [], removeAll: true } : 'malformed';
  } catch {
    // The outcome says it: 400.
    return 'malformed';
  }
}

/** A number that cannot be read counts as none given (RFC 3261 section 20.10). */
function expiresSOf(contact: NameAddress, request: SipRequest, limits: RegistrarLimits): number {
  const own = parseDecimal(contact.parameters.get('expires') ?? '', 2 ** 32 - 1);
  return Math.min(own ?? expiresOf(request) ?? limits.defaultExpiresS, limits.maxExpiresS);
}

function qOf(contact: NameAddress): number {
  const q = Number(contact.parameters.get('q') ?? 1);
  return q >= 0 && q <= 1 ? q : 1;
}

/** The URI without headers, which a Request-URI must not have. */
function withoutHeaders(uri: string): string {
  const question = uri.indexOf('?', uri.lastIndexOf('@') + 1);
  return question === -1 ? uri : uri.slice(0, question);
}

function bindingOf(contact: NameAddress, request: SipRequest, expiresAtMs: number): Binding {
  const parameters = new Map([...contact.parameters].filter(([name]) => name !== 'expires' && name !== 'q'));
  return { uri: withoutHeaders(contact.uri), callId: request.core.callId, cseq: request.core.cseq.number, expiresAtMs, q: qOf(contact), parameters };
}

/** Whether the request is older than the one that made the binding (RFC 3261 section 10.3, steps 6 and 7). */
function isStale(binding: Binding, request: SipRequest): boolean {
  return binding.callId === request.core.callId && request.core.cseq.number <= binding.cseq;
}

function contactField(binding: Binding, nowMs: number): HeaderField {
  const expiresS = Math.max(0, Math.ceil((binding.expiresAtMs - nowMs) / 1_000));
  const parameters = new Map([...binding.parameters, ['q', String(binding.q)], ['expires', String(expiresS)]] as const);
  return { name: 'contact', value: `<${binding.uri}>${formatParameters(parameters)}` };
}

/**
 * The registrar's rules (RFC 3261 section 10.3): what a REGISTER, its sender already authenticated and allowed, does to
 * the bindings of its address of record. All or nothing.
 * @param bindings as stored; expired ones are dropped
 * @param nowMs milliseconds since the Unix epoch
 */
export function applyRegister(bindings: readonly Binding[], request: SipRequest, nowMs: number, limits: RegistrarLimits): RegisterOutcome {
  const alive = bindings.filter((binding) => binding.expiresAtMs > nowMs);
  const refuse = (status: RegisterOutcome['status'], headers: readonly HeaderField[] = []): RegisterOutcome => ({ bindings: alive, status, headers });
  const wishes = wishesOf(request);
  if (wishes === 'malformed') return refuse(400);
  let next: readonly Binding[] = alive;
  if (wishes.removeAll) {
    if (alive.some((binding) => isStale(binding, request))) return refuse(500);
    next = [];
  }
  for (const contact of wishes.contacts) {
    const expiresS = expiresSOf(contact, request, limits);
    const uri = parseUri(withoutHeaders(contact.uri));
    const known = next.find((binding) => isSameUri(parseUri(binding.uri), uri));
    if (expiresS > 0 && expiresS < Math.min(limits.minExpiresS, refusableBelowS)) {
      return refuse(423, [{ name: 'min-expires', value: String(limits.minExpiresS) }]);
    }
    if (known !== undefined && isStale(known, request) && alive.includes(known)) return refuse(500);
    next = next.filter((binding) => binding !== known);
    if (expiresS > 0) next = [...next, bindingOf(contact, request, nowMs + expiresS * 1_000)];
  }
  if (next.length > limits.maxBindings) return refuse(403);
  return { bindings: next, status: 200, headers: next.map((binding) => contactField(binding, nowMs)) };
}
