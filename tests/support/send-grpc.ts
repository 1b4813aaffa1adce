import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { ResourceFaults, type ResourceFault } from '@patchbay/contracts/directory/v1/directory_service';
import { BadRequest, ErrorInfo, LocalizedMessage, RetryInfo } from '@patchbay/contracts/google/rpc/error_details';
import { Status } from '@patchbay/contracts/google/rpc/status';

/** What an answer tells besides its message. */
export interface Told {
  /** gRPC status; 0 when the call was carried out. */
  code: number;
  /** Reason in ErrorInfo. */
  reason: string | undefined;
  message: string | undefined;
  retry: boolean;
  fields: string[];
  /** Faults of resource files. */
  faults: ResourceFault[];
}

/** Reads the details of a refusal (`grpc-status-details-bin`). */
export function readTrailer(code: number, trailer: Buffer | undefined): Told {
  const details = trailer === undefined ? [] : Status.decode(trailer).details;
  const find = <Message>(codec: { $type: string; decode(bytes: Uint8Array): Message }) => {
    const found = details.find((one) => one.typeUrl.endsWith(`/${codec.$type}`));
    return found === undefined ? undefined : codec.decode(found.value);
  };
  return {
    code,
    reason: find(ErrorInfo)?.reason,
    message: find(LocalizedMessage)?.message,
    retry: find(RetryInfo) !== undefined,
    fields: find(BadRequest)?.fieldViolations.map((one) => one.field) ?? [],
    faults: find(ResourceFaults)?.faults ?? [],
  };
}

/** A client without size limits of its own. */
export const openGrpc = (port: number): Client => new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });

/** Calls a method with bytes as they are. */
export function sendGrpc(client: Client, path: string, body: Uint8Array, options: { metadata?: Readonly<Record<string, string>>; timeoutMs?: number } = {}): Promise<Told> {
  const headers = new Metadata();
  for (const [name, value] of Object.entries(options.metadata ?? {})) headers.set(name, value);
  const deadline = Date.now() + (options.timeoutMs ?? 20_000);
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, (bytes: Uint8Array) => Buffer.from(bytes), (bytes: Buffer) => bytes, body, headers, { deadline }, (error) => {
      resolve(error === null ? readTrailer(0, undefined) : readTrailer(error.code, error.metadata.get('grpc-status-details-bin')[0] as Buffer | undefined));
    });
  });
}

/** A method by its path and the codecs of its messages. */
export interface GrpcMethod<Request, Response> {
  readonly path: string;
  readonly request: { encode(message: Request): { finish(): Uint8Array }; fromPartial(partial: object): Request };
  readonly response: { decode(bytes: Uint8Array): Response };
}

/** Calls a method with a good message; rejects with what gRPC says of a refusal. */
export function callGrpc<Request, Response>(client: Client, { path, request, response }: GrpcMethod<Request, Response>, message: object, metadata: Readonly<Record<string, string>> = {}): Promise<Response> {
  const headers = new Metadata();
  for (const [name, value] of Object.entries(metadata)) headers.set(name, value);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, (one: Request) => Buffer.from(request.encode(one).finish()), (bytes: Buffer) => response.decode(bytes), request.fromPartial(message), headers, { deadline: Date.now() + 60_000 }, (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer);
      else reject(error ?? new Error(`${path} gave no message`));
    });
  });
}
