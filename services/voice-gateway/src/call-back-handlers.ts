import type { Actor } from '@patchbay/bus/actor';
import type { AnyFact } from '@patchbay/bus/fact';
import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import { Direction } from '@patchbay/contracts/contact/v1/contact';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import type { CallBackServiceDefinition, RequestCallBackRequest } from '@patchbay/contracts/voice/v1/call_back_service';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { CallBackRequests } from './call-back-requests.ts';
import { numberDigits } from './domain/call/number-dialog.ts';
import { voiceError } from './errors.ts';
import type { CentreView } from './ports.ts';
import type { CallRecords } from './recovery.ts';

/** What asking for call-backs needs. */
export interface CallBackPorts {
  readonly centre: CentreView;
  readonly requests: CallBackRequests;
  readonly records: Pick<CallRecords, 'facts'>;
  readonly trunkProxy: string | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const askers: readonly Role[] = [Role.AGENT, Role.TEAM_LEAD, Role.MANAGER, Role.ADMIN];
const furthestMs = 30 * 86_400_000;
/** Clocks differ, and a request takes its time. */
const lateMs = 60_000;
const storeLimitMs = 8_000;
const limits = { customerName: 200, attributes: 30, attributeChars: 1_000, priority: 86_400, maxAttempts: 3, spacingSeconds: 86_400 };

function requireAsker({ kind, roles }: Actor): void {
  if (kind !== 'service' && !roles.some((role) => askers.includes(role))) throw voiceError('VOICE_FORBIDDEN');
}

/** Digits of what people write: `+86 138-0000-1234`. */
function readNumber(text: string): string {
  const number = text.replaceAll(/[ ()./-]/g, '').replace(/^\+/, '');
  if (!/^\d+$/.test(number) || number.length < numberDigits.fewest || number.length > numberDigits.most) throw voiceError('VOICE_BAD_NUMBER');
  return number;
}

function within(field: string, value: number, limit: number): void {
  if (value < 0 || value > limit) throw voiceError('VOICE_BAD_REQUEST', { details: { field, limit: String(limit) } });
}

function checkLimits(request: RequestCallBackRequest): void {
  within('customerName', request.customerName.length, limits.customerName);
  within('attributes', request.attributes.length, limits.attributes);
  for (const { name, value } of request.attributes) within('attributes', name.length + value.length, limits.attributeChars);
  within('priority', request.priority, limits.priority);
  within('maxAttempts', request.maxAttempts, limits.maxAttempts);
  within('spacingSeconds', request.spacingSeconds, limits.spacingSeconds);
}

function checkDue(dueAt: Date | undefined, nowMs: number): void {
  if (dueAt === undefined) return;
  const inMs = dueAt.getTime() - nowMs;
  if (!(inMs > -lateMs && inMs <= furthestMs)) throw voiceError('VOICE_BAD_TIME');
}

function isCallBackTo(facts: readonly AnyFact[], number: string): boolean {
  return facts.some((fact) => fact.type === 'patchbay.contact.v1.ContactStarted' && fact.event.direction === Direction.OUTBOUND && fact.event.channel === 'voice' && fact.event.customer?.address === number);
}

/** Call-backs that programs and people ask for. The attribute `call_back` tells where one comes from. */
export function createCallBackHandlers(ports: CallBackPorts): RpcImplementation<typeof CallBackServiceDefinition> {
  const { centre, requests, records, trunkProxy, clock, ids } = ports;

  function checkPlace(tenant: string, { entryPoint: name, queue: asked }: RequestCallBackRequest): string {
    const entryPoint = centre.entryPointNamed(tenant, name);
    if (entryPoint === undefined) throw voiceError('VOICE_UNKNOWN_ENTRY_POINT', { details: { entryPoint: name } });
    if ((entryPoint.settings['trunkProxy'] || trunkProxy) === undefined) throw voiceError('VOICE_NO_TRUNK');
    const queue = asked || entryPoint.queue;
    if (!centre.hasQueue(tenant, queue)) throw voiceError('VOICE_UNKNOWN_QUEUE', { details: { queue } });
    return queue;
  }

  return {
    async requestCallBack(request, { tenant, actor }) {
      requireAsker(actor);
      checkLimits(request);
      checkDue(request.dueAt, clock.nowMs());
      const number = readNumber(request.number);
      const queue = checkPlace(tenant, request);
      if (centre.forbidsCalls(tenant, number)) throw voiceError('VOICE_DO_NOT_CALL');
      const contactId = request.contactId || ids.next();
      // Looked at before the list of call-backs is touched: one that is over is not to stand there again.
      const known = request.contactId === '' ? [] : await records.facts({ tenant, contactId });
      if (known.length === 0) {
        const { entryPoint, customerName: name, requirement, priority, dueAt, parentContactId, attributes, maxAttempts, spacingSeconds } = request;
        const told = [...attributes.filter((one) => one.name !== 'call_back'), { name: 'call_back', value: 'requested' }];
        const conversationId = request.conversationId || ids.next();
        const customer = centre.customerWithNumber(tenant, number);
        const wish = { contactId, entryPoint, queue, number, name, requirement, priority, firstEnqueuedAt: undefined, dueAt, parentContactId, conversationId, attributes: told, maxAttempts, spacingSeconds, customer, voicemail: false };
        try {
          await requests.request(tenant, wish, storeLimitMs);
          return { contactId };
        } catch (thrown) {
          // Asked for twice at the same time: the other one is stored.
          if (AppError.from(thrown).code !== 'BUS_STALE_WRITER') throw thrown;
        }
      }
      if (!isCallBackTo(known.length > 0 ? known : await records.facts({ tenant, contactId }), number)) throw voiceError('VOICE_CONTACT_KNOWN');
      return { contactId };
    },
  };
}
