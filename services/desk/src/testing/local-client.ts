import type { CallOptions, RpcClient } from '@patchbay/bus/rpc-client';
import type { RpcDefinition } from '@patchbay/bus/rpc-definition';
import type { RpcImplementation } from '@patchbay/bus/rpc-server';

/** A client that calls an implementation in the same process, through the codecs as over the wire. */
export function localClient<Definition extends RpcDefinition>(definition: Definition, implementation: RpcImplementation<Definition>): RpcClient<Definition> {
  const entries = Object.entries(definition.methods).map(([key, method]) => {
    const codec = method.requestType as unknown as { fromPartial(partial: unknown): unknown };
    const handler = (implementation as unknown as Record<string, (request: unknown, context: unknown) => unknown>)[key];
    return [
      key,
      (request: unknown, options: CallOptions) => {
        const context = { tenant: options.tenant, actor: options.actor, signal: options.signal ?? new AbortController().signal };
        return handler?.(codec.fromPartial(request), context);
      },
    ];
  });
  return Object.fromEntries(entries) as RpcClient<Definition>;
}
