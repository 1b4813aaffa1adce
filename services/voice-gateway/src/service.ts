import { fileURLToPath } from 'node:url';
import { consumeCommands } from '@patchbay/bus/commands';
import { connectBus, type BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ensureTopology } from '@patchbay/bus/topology';
import { factRange, watchFacts } from '@patchbay/bus/watch-facts';
import { Capabilities, IdempotentSend } from '@patchbay/contracts/channel/v1/capabilities';
import { CallBackServiceDefinition } from '@patchbay/contracts/voice/v1/call_back_service';
import { AppError } from '@patchbay/runtime/app-error';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createBusAudioStore } from './adapters/bus/bus-audio-store.ts';
import { createBusCallRecords } from './adapters/bus/bus-call-records.ts';
import { createBusFactStore } from './adapters/bus/bus-fact-store.ts';
import { createBusPhoneSecrets } from './adapters/bus/bus-phone-secrets.ts';
import { createBusRoutingDesk } from './adapters/bus/bus-routing-desk.ts';
import { createBusSurges } from './adapters/bus/bus-surges.ts';
import { createKvCentre } from './adapters/bus/kv-centre.ts';
import { openVoiceState } from './adapters/bus/kv-voice-state.ts';
import { startEmbeddedMedia } from './adapters/media/embedded-media-plane.ts';
import { checkDescriptors } from './adapters/media/descriptor-check.ts';
import { loadPrompts } from './adapters/media/prompt-library.ts';
import { createRegistrar } from './adapters/sip/registrar.ts';
import { createSipDoor } from './adapters/sip/sip-door.ts';
import { createSipPhoneDialer } from './adapters/sip/sip-phone-dialer.ts';
import { createSipTrunkDialer } from './adapters/sip/sip-trunk-dialer.ts';
import { createCallBackHandlers } from './call-back-handlers.ts';
import { createCallBackRequests } from './call-back-requests.ts';
import { CallBacks } from './calls/call-backs.ts';
import { CallDesk } from './calls/call-desk.ts';
import type { VoiceConfig } from './config.ts';
import { createCommandHandler } from './handlers.ts';
import { startLoadGuard } from './load-guard.ts';
import type { PhoneDialer } from './ports.ts';
import { startRecovery } from './recovery.ts';

const promptsFolder = fileURLToPath(new URL('../prompts', import.meta.url));
/** How long facts and sound may take to be stored when the process stops. */
const flushLimitMs = 5_000;

const capabilities = Capabilities.fromPartial({
  channel: 'voice',
  voice: true,
  idempotentSend: IdempotentSend.NONE,
  labels: { en: 'Telephone', 'zh-CN': '电话' },
});

/** Follows routing's facts of all tenants from now on: a call lives in this process, so facts from before it mean nothing. */
async function followRouting(bus: BusConnection, desk: CallDesk, options: { fromSequence: number; signal: AbortSignal }): Promise<void> {
  for await (const fact of watchFacts(bus, { tenant: '*', domains: ['routing'], ...options })) desk.takeFact(fact);
}

/** A running gateway, with the ports that the system gave where 0 was asked for. */
export interface RunningVoiceGateway extends RunningService {
  readonly sip: { readonly udpPort: number; readonly tcpPort: number };
}

type Context = Pick<ServiceContext, 'name' | 'log' | 'metrics' | 'readiness' | 'fail'>;

export async function startVoiceGateway(config: VoiceConfig, { name, log, metrics, readiness, fail }: Context): Promise<RunningVoiceGateway> {
  checkDescriptors(config.mediaWorkers * config.callsPerWorker, log);
  const bus = await connectBus({
    servers: config.natsUrl,
    name,
    log,
    metrics,
    replicas: config.replicas,
    onConnected: (connected) => {
      readiness.set('bus', connected);
    },
  });
  await ensureTopology(bus);
  const { clock, ids } = bus;
  const instance = ids.next();
  const centre = await createKvCentre(bus);
  const prompts = await loadPrompts(config.promptsFolder === undefined ? [promptsFolder] : [promptsFolder, config.promptsFolder], log);
  const media = await startEmbeddedMedia({
    host: config.mediaHost,
    advertisedHost: config.mediaAdvertisedHost,
    ports: config.rtpPorts,
    workers: config.mediaWorkers,
    legsPerWorker: config.callsPerWorker * 2,
    silenceLimitMs: config.mediaTimeoutMs,
    prompts,
    // The desk commands the plane, the plane tells the desk, which stands by the time there are legs.
    listener: {
      onDigit: (...told) => {
        desk.media.onDigit(...told);
      },
      onAudio: (...told) => {
        desk.media.onAudio(...told);
      },
      onLegLost: (...told) => {
        desk.media.onLegLost(...told);
      },
    },
    clock,
    log,
    metrics,
  });
  const guard = startLoadGuard(() => media.load(), { maxDelayMs: config.maxDelayMs }, metrics);
  const audio = createBusAudioStore(bus);
  const facts = createBusFactStore(bus);
  // Set once everything it needs is there; the gateways may speak of call-backs before.
  const late: { callBacks?: CallBacks } = {};
  const state = await openVoiceState(bus, {
    instance,
    lossGraceMs: config.lossGraceMs,
    onForwarded: (id, command) => {
      commands.takeForwarded(id, command);
    },
    onLetGo: (contactId, wasOurs) => {
      late.callBacks?.letGo(contactId, wasOurs);
    },
  });
  const door = createSipDoor({
    host: config.sipHost,
    port: config.sipPort,
    advertisedHost: config.sipAdvertisedHost,
    trunkNetworks: config.trunkNetworks,
    clock,
    log,
    metrics,
    overload: () => guard.retryAfterS(),
    take: (line) => desk.take(line),
    register: createRegistrar({ realm: config.realm, secrets: createBusPhoneSecrets(bus), registrations: state, centre, clock, log, metrics, instance }),
  });
  const sipHost = config.sipAdvertisedHost ?? config.sipHost;
  const phones: PhoneDialer = createSipPhoneDialer({ endpoint: door, registrations: state, centre, clock, log, instance, host: sipHost });
  const trunk = createSipTrunkDialer({ endpoint: door, log, host: sipHost });
  const requests = createCallBackRequests({ registry: state, facts, clock, ids });
  const desk = new CallDesk({
    around: { media, phones, trunk, routing: createBusRoutingDesk(bus), centre, audio, surges: createBusSurges(bus), requests, trunkProxy: config.trunkProxy, clock, ids, log },
    facts,
    openCalls: state,
    callBacks: {
      isKnown: (contactId) => state.findCallBack(contactId) !== undefined,
      strike: (contactId) => state.strike(contactId),
      takeFact: (fact) => {
        late.callBacks?.takeFact(fact);
      },
    },
    metrics,
    defaultLanguage: config.language,
    maxCalls: config.mediaWorkers * config.callsPerWorker,
  });
  const records = createBusCallRecords(bus);
  const callBacks = new CallBacks({ desk, registry: state, records, defaultLanguage: config.language });
  late.callBacks = callBacks;
  const commands = createCommandHandler({ desk, forwarding: state, cancelCallBack: (contactId, event) => callBacks.cancel(contactId, event), log, metrics });
  const rpc = serveRpc(bus, CallBackServiceDefinition, createCallBackHandlers({ centre, requests, records, trunkProxy: config.trunkProxy, clock, ids }));
  const recovery = startRecovery({ lostCalls: state, records, facts, clock, log });
  const following = new AbortController();
  const { last } = await factRange(bus);
  followRouting(bus, desk, { fromSequence: last + 1, signal: following.signal }).catch(fail);
  const consumption = await consumeCommands(bus, { channel: 'voice', handle: (command) => commands.handle(command) });
  await (await openKv(bus, 'channel-capabilities')).put('voice', Capabilities.encode(capabilities).finish());
  await door.start();
  callBacks.start().catch(fail);
  const [udp, tcp] = door.bound();
  log.info('taking calls', { udpPort: udp?.port, tcpPort: tcp?.port, prompts: prompts.size, instance });

  return {
    sip: { udpPort: udp?.port ?? 0, tcpPort: tcp?.port ?? 0 },
    async stop() {
      door.drain();
      await rpc.stop();
      callBacks.stop();
      await desk.drain(AbortSignal.timeout(config.drainLimitMs));
      await consumption.stop();
      await recovery.stop();
      const flushed = AbortSignal.timeout(flushLimitMs);
      await Promise.all([desk.empty(flushed), audio.flush(flushed)]).catch((error: unknown) => {
        log.error('not everything was stored before the stop', { error: AppError.from(error) });
      });
      desk.abandon();
      audio.close();
      following.abort();
      await door.close();
      await media.close();
      guard.stop();
      centre.stop();
      await state.stop();
      await bus.drain();
    },
  };
}
