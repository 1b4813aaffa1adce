import { readFile } from 'node:fs/promises';
import { connectBus } from '@patchbay/bus/connection';
import { reportStreams } from '@patchbay/bus/stream-figures';
import { ensureTopology } from '@patchbay/bus/topology';
import { EventServiceDefinition } from '@patchbay/contracts/event/v1/event_service';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createBusEvents } from './adapters/bus-events.ts';
import { createBusForwarder } from './adapters/bus-forwarder.ts';
import { createBusIdentity } from './adapters/bus-identity.ts';
import { servedDescriptors } from './adapters/descriptors.ts';
import { startGrpcServer } from './adapters/grpc-server.ts';
import { readTokenKey } from './adapters/kv-token-key.ts';
import { createApiKeyVerifier } from './auth/api-key-verifier.ts';
import { createAuthenticate } from './auth/authenticate.ts';
import { createTokenVerifier } from './auth/token-verifier.ts';
import { type CallParts, handleStream, handleUnary } from './call-handler.ts';
import type { ApiConfig } from './config.ts';
import { createEventService } from './event-service.ts';
import { createPlaces, createRateLimit } from './limits.ts';
import { servedServices } from './method-table.ts';
import { createResumeTokens } from './resume-token.ts';

/** Largest message taken, bytes. */
const receiveLimitBytes = 4 * 1024 * 1024;
const busyRetryMs = 1_000;
const beatEveryMs = 10_000;

/** The running edge. */
export interface RunningApi extends RunningService {
  /** Where gRPC listens. */
  port: number;
}

export async function startApi(config: ApiConfig, context: Pick<ServiceContext, 'name' | 'log' | 'metrics' | 'readiness'>): Promise<RunningApi> {
  const { name, log, metrics, readiness } = context;
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
  const { clock } = bus;
  await ensureTopology(bus);
  reportStreams(bus);
  const identity = await createBusIdentity(bus);
  const draining = new AbortController();
  const events = createEventService({ source: createBusEvents(bus), tokens: createResumeTokens(await readTokenKey(bus)), clock, beatEveryMs });
  const parts: CallParts = {
    authenticate: createAuthenticate({
      tokens: createTokenVerifier({ signingKeys: () => identity.signingKeys(), clock }),
      apiKeys: createApiKeyVerifier({ verifyApiKey: (apiKey) => identity.verifyApiKey(apiKey), clock }),
      findUser: (tenant, user) => identity.findUser(tenant, user),
    }),
    forwarder: createBusForwarder(bus, [{ definition: EventServiceDefinition, implementation: events }]),
    unaryPlaces: createPlaces(config.mostCalls, busyRetryMs),
    streamPlaces: createPlaces(config.mostStreams, busyRetryMs),
    openRate: createRateLimit({ perMinute: config.signInsPerMinute, burst: Math.max(10, config.signInsPerMinute), clock }),
    clock,
    defaultTenant: config.tenant,
    defaultTimeoutMs: config.defaultTimeoutMs,
    longestTimeoutMs: config.longestTimeoutMs,
    draining: draining.signal,
  };
  const { tlsCertificateFile, tlsKeyFile } = config;
  const server = await startGrpcServer({
    host: config.host,
    port: config.port,
    tls: tlsCertificateFile === undefined || tlsKeyFile === undefined ? undefined : { certificate: await readFile(tlsCertificateFile), key: await readFile(tlsKeyFile) },
    services: servedServices,
    handlers: { unary: (served, call) => handleUnary(parts, served, call), stream: (served, call) => handleStream(parts, served, call) },
    descriptors: config.reflection ? await servedDescriptors(servedServices) : undefined,
    receiveLimitBytes,
    clock,
    log,
    metrics,
  });
  log.info('gRPC listens', { host: config.host, port: server.port });
  return {
    port: server.port,
    async stop() {
      server.markDraining();
      draining.abort();
      await server.stop(config.drainMs);
      identity.stop();
      await bus.drain();
    },
  };
}
