import { parentPort, workerData } from 'node:worker_threads';
import { parseMail } from '../mail/parse-mail.ts';
import type { MailLimits } from '../mail/parsed-mail.ts';

/** One mail in, one answer out; the parent ends the thread when it takes too long. */
parentPort?.on('message', ({ id, raw }: { id: number; raw: Uint8Array }) => {
  parseMail(raw, workerData as MailLimits).then(
    (mail) => parentPort?.postMessage({ id, mail }),
    (error: unknown) => parentPort?.postMessage({ id, reason: error instanceof Error ? error.message : 'unknown' }),
  );
});
