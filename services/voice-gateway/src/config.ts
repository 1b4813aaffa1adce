import { availableParallelism } from 'node:os';
import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of voice-gateway. */
export interface VoiceConfig {
  natsUrl: string;
  replicas: number;
  sipHost: string;
  sipPort: number;
  sipAdvertisedHost: string | undefined;
  trunkNetworks: readonly string[];
  trunkProxy: string | undefined;
  realm: string;
  mediaHost: string;
  mediaAdvertisedHost: string | undefined;
  rtpPorts: { min: number; max: number };
  mediaWorkers: number;
  callsPerWorker: number;
  maxDelayMs: number;
  mediaTimeoutMs: number;
  promptsFolder: string | undefined;
  language: string;
  drainLimitMs: number;
  lossGraceMs: number;
}

const mostWorkers = 16;

export function readVoiceConfig(reader: ConfigReader): VoiceConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'where NATS is', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream: 1 on one server, 3 in a cluster', { min: 1, max: 5, fallback: 1 }),
    sipHost: reader.text('VOICE_SIP_HOST', 'address that SIP is bound to', '127.0.0.1'),
    sipPort: reader.port('VOICE_SIP_PORT', 'port of SIP, UDP and TCP', 5060),
    sipAdvertisedHost: reader.optional('VOICE_SIP_ADVERTISED_HOST', 'host in Via, Contact and From, when it is not the bound address'),
    trunkNetworks: reader.text('VOICE_TRUNK_NETWORKS', 'networks whose INVITEs are taken, with commas', '127.0.0.0/8').split(',').map((network) => network.trim()),
    trunkProxy: reader.optional('VOICE_TRUNK_PROXY', 'trunk over which customers are called back, `host[:port][;transport=tcp]`, unless the entry point sets `trunkProxy`; nobody is without'),
    realm: reader.text('VOICE_REALM', 'realm of the phones’ digest; the directory’s', 'patchbay'),
    mediaHost: reader.text('VOICE_MEDIA_HOST', 'address that RTP is bound to', '127.0.0.1'),
    mediaAdvertisedHost: reader.optional('VOICE_MEDIA_ADVERTISED_HOST', 'address in SDP, when it is not the bound one'),
    rtpPorts: {
      min: reader.port('VOICE_RTP_PORT_MIN', 'first RTP port; 0 with a last port of 0 lets the system choose', 40_000),
      max: reader.port('VOICE_RTP_PORT_MAX', 'last RTP port', 40_999),
    },
    mediaWorkers: reader.integer('VOICE_MEDIA_WORKERS', 'threads that carry media; 0 for one less than the machine has cores', { min: 0, max: mostWorkers, fallback: 0 }) || Math.min(mostWorkers, Math.max(1, availableParallelism() - 1)),
    callsPerWorker: reader.integer('VOICE_CALLS_PER_WORKER', 'calls (two legs each) that one thread carries; more get 503', { min: 1, max: 2_000, fallback: 300 }),
    maxDelayMs: reader.integer('VOICE_MAX_DELAY_MS', 'event-loop or media delay above which new calls get 503, milliseconds', { min: 20, max: 10_000, fallback: 250 }),
    mediaTimeoutMs: reader.integer('VOICE_MEDIA_TIMEOUT_S', 'a leg that is silent this long is given up, seconds; 0 for never', { min: 0, max: 86_400, fallback: 600 }) * 1_000,
    promptsFolder: reader.optional('VOICE_PROMPTS', 'folder with further prompts, `<language>/<name>.wav`; they replace those of the project'),
    language: reader.text('VOICE_LANGUAGE', 'language of what is said without a flow, unless the entry point sets `language`', 'zh-CN'),
    drainLimitMs: reader.integer('VOICE_DRAIN_LIMIT_MS', 'longest wait for calls to end when the process stops, milliseconds', { min: 0, max: 86_400_000, fallback: 10_000 }),
    lossGraceMs: reader.integer('VOICE_LOSS_GRACE_MS', 'how long a gateway’s sign of life must stay away, after its 4 s, until its calls are ended, milliseconds', { min: 0, max: 600_000, fallback: 3_000 }),
  };
}
