import { ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { type CallContext, createServer, type Server, type ServiceDefinition } from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';
import { ServerReflection, ServerReflectionService } from 'nice-grpc-server-reflection';
import type { IncomingCall, ServedMethod } from '../call-handler.ts';
import type { ServedService } from '../method-table.ts';
import { type CallEnvironment, openCall, readDeadline } from './grpc-call.ts';

/** What the server gives to whoever answers. */
export interface GrpcHandlers {
  unary(served: ServedMethod, call: IncomingCall): Promise<unknown>;
  stream(served: ServedMethod, call: IncomingCall): AsyncIterable<unknown>;
}

export interface GrpcServerOptions extends CallEnvironment {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** PEM; absent serves without TLS. */
  tls?: { certificate: Buffer; key: Buffer } | undefined;
  services: readonly ServedService[];
  handlers: GrpcHandlers;
  /** Descriptor set for reflection; absent turns reflection off. */
  descriptors?: Uint8Array | undefined;
  receiveLimitBytes: number;
}

/** The running server. */
export interface GrpcServer {
  port: number;
  /** Tells health checkers that this server is about to stop. */
  markDraining(): void;
  /** Takes no more calls and waits for those in hand, at most so long. */
  stop(limitMs: number): Promise<void>;
}

/** Settings of the transport: pings of quiet connections, and an age after which clients connect anew and spread. */
function transportOptions(receiveLimitBytes: number): ServerOptions {
  return {
    'grpc.max_receive_message_length': receiveLimitBytes,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_connection_age_ms': 1_800_000,
    'grpc.max_connection_age_grace_ms': 60_000,
    'grpc.max_concurrent_streams': 1_000,
    interceptors: [readDeadline],
  };
}

function answerUnary(options: GrpcServerOptions, served: ServedMethod) {
  return async (request: Uint8Array, context: CallContext): Promise<unknown> => {
    const run = openCall(options, served, request, context);
    try {
      const response = await run.within(() => options.handlers.unary(served, run.incoming));
      run.finish();
      return response;
    } catch (error) {
      throw run.fail(error);
    }
  };
}

function answerStream(options: GrpcServerOptions, served: ServedMethod) {
  return async function* stream(request: Uint8Array, context: CallContext): AsyncGenerator<unknown> {
    const run = openCall(options, served, request, context);
    const iterator = run.within(() => options.handlers.stream(served, run.incoming)[Symbol.asyncIterator]());
    try {
      for (;;) {
        const next = await run.within(() => iterator.next());
        if (next.done === true) break;
        yield next.value;
      }
      run.finish();
    } catch (error) {
      throw run.fail(error);
    } finally {
      // Not awaited: what the stream waits for may never come.
      iterator.return?.(undefined).catch(() => undefined);
    }
  };
}

/** Adds the methods that anybody outside may call; requests stay bytes, so that what does not decode is told properly. */
function addService(server: Server, options: GrpcServerOptions, { definition, rules }: ServedService): void {
  const methods: ServiceDefinition = {};
  const implementation: Record<string, unknown> = {};
  for (const [key, method] of Object.entries(definition.methods)) {
    const rule = rules[key];
    if (rule === undefined || rule.access === 'services') continue;
    const encode = method.responseType.encode as (message: unknown) => { finish(): Uint8Array };
    methods[key] = {
      path: `/${definition.fullName}/${method.name}`,
      requestStream: false,
      responseStream: method.responseStream,
      requestSerialize: (bytes: Uint8Array) => bytes,
      requestDeserialize: (bytes: Uint8Array) => bytes,
      responseSerialize: (message: unknown) => encode(message).finish(),
      responseDeserialize: (bytes: Uint8Array) => bytes,
      options: {},
    };
    const served = { definition, method, rule };
    implementation[key] = method.responseStream ? answerStream(options, served) : answerUnary(options, served);
  }
  server.add(methods, implementation as never);
}

/** Reflection v1, and v1alpha for clients that ask for nothing else: the messages are the same, byte for byte. */
function addReflection(server: Server, descriptors: Uint8Array, names: readonly string[]): void {
  server.add(ServerReflectionService, ServerReflection(descriptors, names));
  const { serverReflectionInfo } = ServerReflectionService;
  const alpha = { serverReflectionInfo: { ...serverReflectionInfo, path: serverReflectionInfo.path.replace('.v1.', '.v1alpha.') } };
  server.add(alpha as typeof ServerReflectionService, ServerReflection(descriptors, names));
}

/** Starts to listen. Health and reflection need no credential. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = createServer(transportOptions(options.receiveLimitBytes) as never);
  const names = options.services.map(({ definition }) => definition.fullName);
  const health = HealthState();
  for (const name of names) health.setStatus('healthy', name);
  for (const service of options.services) addService(server, options, service);
  server.add(HealthDefinition, HealthServiceImpl(health));
  if (options.descriptors !== undefined) addReflection(server, options.descriptors, names);
  const credentials = options.tls === undefined ? ServerCredentials.createInsecure() : ServerCredentials.createSsl(null, [{ cert_chain: options.tls.certificate, private_key: options.tls.key }]);
  const port = await server.listen(`${options.host}:${options.port}`, credentials);
  return {
    port,
    markDraining() {
      health.setStatus('unhealthy');
      for (const name of names) health.setStatus('unhealthy', name);
    },
    async stop(limitMs) {
      const timer = setTimeout(() => {
        server.forceShutdown();
      }, limitMs);
      await server.shutdown();
      clearTimeout(timer);
    },
  };
}
