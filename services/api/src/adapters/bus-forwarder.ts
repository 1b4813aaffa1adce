import type { BusConnection } from '@patchbay/bus/connection';
import { createRawRpcClient } from '@patchbay/bus/rpc-client';
import type { RpcDefinition } from '@patchbay/bus/rpc-definition';
import { busError } from '@patchbay/bus/errors';
import type { Forwarder } from '../ports.ts';

type LocalHandler = (request: unknown, context: unknown) => unknown;

/** A service that this process answers itself. */
export interface LocalService {
  definition: RpcDefinition;
  implementation: object;
}

function findLocal(local: readonly LocalService[], definition: RpcDefinition, name: string) {
  const service = local.find((one) => one.definition === definition);
  if (service === undefined) return undefined;
  const [key, method] = Object.entries(definition.methods).find(([, candidate]) => candidate.name === name) ?? [];
  const handler = key === undefined ? undefined : (service.implementation as Record<string, LocalHandler | undefined>)[key];
  if (method === undefined || handler === undefined) throw busError('BUS_UNKNOWN_METHOD', { details: { method: `${definition.fullName}/${name}` } });
  return { method, handler };
}

/** Passes calls on over NATS request/reply, but for the services that are answered here. */
export function createBusForwarder(connection: BusConnection, local: readonly LocalService[]): Forwarder {
  const clients = new Map<string, ReturnType<typeof createRawRpcClient>>();
  const clientOf = (definition: RpcDefinition) => {
    const client = clients.get(definition.fullName) ?? createRawRpcClient(connection, definition);
    clients.set(definition.fullName, client);
    return client;
  };
  return {
    unary(definition, method, request, call) {
      const found = findLocal(local, definition, method);
      if (found === undefined) return clientOf(definition).unary(method, request, call);
      const signal = AbortSignal.any([call.signal, AbortSignal.timeout(Math.max(1, Math.ceil(call.timeoutMs)))]);
      return found.handler(found.method.requestType.decode(request), { ...call, signal }) as Promise<unknown>;
    },
    stream(definition, method, request, call) {
      const found = findLocal(local, definition, method);
      if (found === undefined) return clientOf(definition).stream(method, request, call);
      return found.handler(found.method.requestType.decode(request), call) as AsyncIterable<unknown>;
    },
  };
}
