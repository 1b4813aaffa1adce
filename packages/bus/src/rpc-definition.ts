/** One method as ts-proto's generic definitions give it. Client streams are not used. */
export interface RpcMethod {
  readonly name: string;
  // The codec types differ by method; `never`/`unknown` keep any of them assignable.
  readonly requestType: { encode(message: never): { finish(): Uint8Array }; decode(bytes: Uint8Array): unknown; fromPartial(partial: never): unknown };
  readonly requestStream: boolean;
  readonly responseType: { encode(message: never): { finish(): Uint8Array }; decode(bytes: Uint8Array): unknown; fromPartial(partial: never): unknown };
  readonly responseStream: boolean;
}

/** A service as ts-proto's generic definitions give it, e.g. `RoutingServiceDefinition`. */
export interface RpcDefinition {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, RpcMethod>>;
}

/** A message of which any part may be left out, as ts-proto's `fromPartial` takes it. */
export type PartialMessage<Message> = Message extends Date | Uint8Array | string | number | bigint | boolean | undefined
  ? Message
  : Message extends readonly (infer Item)[]
    ? readonly PartialMessage<Item>[]
    : { [Field in keyof Message]?: PartialMessage<Message[Field]> | undefined };

/** Request message of a method. */
export type RequestOf<Method extends RpcMethod> = ReturnType<Method['requestType']['decode']>;
/** What a caller may give for a request. */
export type PartialRequestOf<Method extends RpcMethod> = PartialMessage<RequestOf<Method>>;
/** Response message of a method. */
export type ResponseOf<Method extends RpcMethod> = ReturnType<Method['responseType']['decode']>;

/** Marks of the frames that a server sends for one call. */
export const frames = {
  /** The one response of a unary call, or the next of a stream. */
  message: 'message',
  /** The stream is complete. */
  end: 'end',
  /** The call failed; details in `pb-error`. */
  error: 'error',
  /** The server is alive and has nothing to say. */
  alive: 'alive',
} as const;

/** Every this long a side of a stream that has nothing to say gives a sign of life, milliseconds. */
export const aliveEveryMs = 3_000;
/** A side that was silent this long is gone, milliseconds. */
export const silenceLimitMs = 10_000;
/** Messages a server may send ahead of the caller's credit. */
export const streamWindow = 64;
/** Deadline of a call that names none, milliseconds. */
export const defaultTimeoutMs = 10_000;

/** Attributes of the spans of a call (OpenTelemetry semantic conventions, RPC). */
export function rpcAttributes(definition: Pick<RpcDefinition, 'fullName'>, method: Pick<RpcMethod, 'name'>): Record<string, string> {
  return { 'rpc.system': 'nats', 'rpc.service': definition.fullName, 'rpc.method': method.name };
}
