import type { BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { AppError } from '@patchbay/runtime/app-error';
import type { CallBackEntry, CallBackRegistry } from '../../call-back-registry.ts';
import type { CommandForwarding, ForwardedCommand } from '../../handlers.ts';
import type { OpenCalls } from '../../ports.ts';
import type { LostCalls, OpenCall } from '../../recovery.ts';
import type { RegistrationStore, StoredRegistration } from '../../registrations.ts';
import { voiceMetrics } from '../../metrics.ts';

/**
 * Bucket `voice-state`, JSON values:
 * `gateway.<instance>` a sign of life with a TTL · `call.<contactId>` {tenant, instance} · `phone.<tenant>.<user>` bindings
 * · `callback.<contactId>` a call-back until it ends · `command.<instance>.<id>` a command that came to another gateway than the call.
 */
interface CallValue {
  readonly tenant: string;
  readonly instance: string;
}

/** How long a sign of life is good for, milliseconds. */
const gatewayTtlMs = 4_000;
const heartbeatMs = 1_000;
const forwardTtlMs = 60_000;
/** A call-back waits thirty days at most, and its tries a while longer. */
const callBackTtlMs = 40 * 86_400_000;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value));
const decode = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8'));
/** User names may hold dots, which separate tokens. */
const phoneKey = (tenant: string, user: string) => `phone.${tenant}.${Buffer.from(user).toString('base64url')}`;

/** What the gateways of a centre know of each other. */
export interface VoiceState extends OpenCalls, LostCalls, RegistrationStore, CommandForwarding, CallBackRegistry {
  /** Strikes off our sign of life and stops. */
  stop(): Promise<void>;
}

/** What the process wants of the state. */
export interface VoiceStateOptions {
  readonly instance: string;
  /** How long another gateway's sign of life must stay away until its calls count as lost, milliseconds. */
  readonly lossGraceMs: number;
  /** A command that another gateway left for this one. At least once. */
  onForwarded(id: string, command: ForwardedCommand): void;
  /** A gateway let a call-back go. @param wasOurs whether this one did */
  onLetGo(contactId: string, wasOurs: boolean): void;
}

/** Opens the bucket, gives the first sign of life and keeps giving it. */
export async function openVoiceState(bus: BusConnection, options: VoiceStateOptions): Promise<VoiceState> {
  const { instance } = options;
  const kv = await openKv(bus, 'voice-state');
  const calls = new Map<string, CallValue>();
  const gateways = new Map<string, unknown>();
  /** Since when a gateway that holds calls is missing, monotonic milliseconds. */
  const missingSince = new Map<string, number>();
  const phones = new Map<string, StoredRegistration>();
  const callBacks = new Map<string, CallBackEntry>();

  async function takeForwarded(key: string, command: ForwardedCommand): Promise<void> {
    try {
      options.onForwarded(key.split('.')[2] ?? '', command);
      await kv.delete(key);
    } catch (error) {
      bus.log.error('forwarded command failed', { error: AppError.from(error), contactId: command.contactId });
    }
  }

  function keep<Value>(table: Map<string, Value>, key: string, value: unknown): void {
    if (value === undefined) table.delete(key);
    else table.set(key, value as Value);
  }

  const registered = bus.metrics.gauge(voiceMetrics.voice_registrations);
  const mirror = await mirrorKv(bus, {
    bucket: 'voice-state',
    prefix: '',
    decode,
    onChange(key, value) {
      const [kind = '', name = ''] = key.split('.');
      if (kind === 'gateway') keep(gateways, name, value);
      else if (kind === 'call') {
        const owner = calls.get(name)?.instance;
        keep(calls, name, value);
        if (value === undefined && callBacks.has(name)) options.onLetGo(name, owner === instance);
      } else if (kind === 'callback') keep(callBacks, name, value);
      else if (kind === 'phone') {
        keep(phones, key, value);
        registered.set(phones.size);
      }
      else if (kind === 'command' && name === instance && value !== undefined) void takeForwarded(key, value as ForwardedCommand);
    },
  });

  const beat = () => kv.put(`gateway.${instance}`, encode({ atMs: bus.clock.nowMs() }), { ttlMs: gatewayTtlMs });
  await beat();
  const timer = setInterval(() => {
    beat().catch((error: unknown) => {
      bus.log.warn('no sign of life was stored', { error: AppError.from(error) });
    });
  }, heartbeatMs);

  return {
    instance,
    async add({ tenant, contactId }) {
      await kv.put(`call.${contactId}`, encode({ tenant, instance } satisfies CallValue));
    },
    async remove(contactId) {
      await kv.delete(`call.${contactId}`);
    },
    lost() {
      const nowMs = bus.clock.monotonicMs();
      for (const gateway of missingSince.keys()) if (gateways.has(gateway)) missingSince.delete(gateway);
      return [...calls].flatMap(([contactId, { tenant, instance: owner }]): OpenCall[] => {
        if (owner === instance || gateways.has(owner)) return [];
        // After a stop of the bus every sign of life is gone for a moment: it must stay away to count.
        const sinceMs = missingSince.get(owner) ?? nowMs;
        missingSince.set(owner, sinceMs);
        return nowMs - sinceMs >= options.lossGraceMs ? [{ contactId, tenant, callBack: callBacks.has(contactId) }] : [];
      });
    },
    async enter(entry) {
      await kv.put(`callback.${entry.contactId}`, encode(entry), { ttlMs: callBackTtlMs });
      // Seen at once here; the mirror brings the same again.
      callBacks.set(entry.contactId, entry);
    },
    async strike(contactId) {
      await kv.delete(`callback.${contactId}`);
    },
    findCallBack: (contactId) => callBacks.get(contactId),
    allCallBacks: () => [...callBacks.values()],
    async claim({ tenant, contactId }) {
      try {
        await kv.create(`call.${contactId}`, encode({ tenant, instance } satisfies CallValue));
        return true;
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (error.code === 'BUS_CONFLICT') return false;
        throw error;
      }
    },
    ownerOf: (contactId) => calls.get(contactId),
    async forward(to, id, command) {
      await kv.put(`command.${to}.${id}`, encode(command), { ttlMs: forwardTtlMs });
    },
    find: (tenant, user) => phones.get(phoneKey(tenant, user)),
    async save(tenant, user, registration) {
      const key = phoneKey(tenant, user);
      // Seen at once here; the mirror brings the same again.
      phones.set(key, registration);
      const lastMs = Math.max(0, ...registration.bindings.map(({ expiresAtMs }) => expiresAtMs));
      if (registration.bindings.length === 0) await kv.delete(key);
      else await kv.put(key, encode(registration), { ttlMs: Math.max(1_000, lastMs - bus.clock.nowMs()) });
    },
    async stop() {
      clearInterval(timer);
      mirror.stop();
      await kv.delete(`gateway.${instance}`);
    },
  };
}
