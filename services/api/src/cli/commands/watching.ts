import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep, systemClock } from '@patchbay/runtime/clock';

/** A stream that can be taken up again. */
export interface Resumable<Response> {
  /** Opens the stream after a token; an empty token begins anew. */
  open(resumeToken: string, signal: AbortSignal): Promise<AsyncIterable<Response>>;
  tokenOf(response: Response): string;
  take(response: Response): void;
  /** Told that what happened in between is lost, because the token was too old. */
  onGap(): void;
}

const backoff = { firstMs: 200, limitMs: 5_000 };

/**
 * Follows a stream until the signal aborts: a broken one is taken up after its last token, so that nothing is left out
 * and nothing comes twice. Throws what will not heal by itself.
 */
export async function follow<Response>(stream: Resumable<Response>, firstToken: string, signal: AbortSignal): Promise<void> {
  let token = firstToken;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const response of await stream.open(token, signal)) {
        failures = 0;
        token = stream.tokenOf(response) || token;
        stream.take(response);
      }
    } catch (thrown) {
      if (signal.aborted) return;
      const error = AppError.from(thrown);
      if (error.code === 'RESUME_TOKEN_EXPIRED' && token !== '') {
        stream.onGap();
        token = '';
        continue;
      }
      // A connection that broke tells itself as cancelled or internal; a fault of the request never does.
      if (!error.retryable && error.status !== 'cancelled' && error.code !== 'CLI_GRPC') throw error;
    }
    failures += 1;
    await sleep(systemClock, backoffMs(backoff, failures), signal).catch(() => undefined);
  }
}
