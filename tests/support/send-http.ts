import { request } from 'node:http';

/** A request byte for byte: unlike fetch it mends no path and sends any header. */
export interface RawHttpRequest {
  readonly port: number;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** `code` or `error.code` of a JSON answer. */
  readonly code: string | undefined;
}

function codeOf(text: string): string | undefined {
  try {
    const answer = JSON.parse(text) as { code?: string; error?: { code?: string } };
    return answer.code ?? answer.error?.code;
  } catch {
    // An answer of the HTTP layer has no code.
    return undefined;
  }
}

/** Sends one request over a connection of its own. A server may answer before it has read the body. */
export function sendHttp({ port, method = 'GET', path, headers = {}, body }: RawHttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers: { ...headers, ...(body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(body)) }) }, agent: false, timeout: 10_000 });
    let answered = false;
    sent.on('response', (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, text, code: codeOf(text) });
      });
    });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, text: '', code: undefined });
    });
    sent.on('timeout', () => void sent.destroy(new Error(`no answer to ${method} ${path}`)));
    // Writing into a connection that was answered and closed fails; the answer counts.
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    sent.end(body);
  });
}
