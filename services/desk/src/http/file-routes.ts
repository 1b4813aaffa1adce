import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { RecordingPart } from '@patchbay/contracts/recording/v1/recording_service';
import type { ContactAccess } from '../contact-access.ts';
import { mayReview } from '../domain/access.ts';
import type { MessagePart } from '../domain/views.ts';
import { deskError } from '../errors.ts';
import type { Backend } from '../ports.ts';
import { idRule, readTexts } from '../socket/read-frame.ts';
import { readByteRange, sliceBytes } from './byte-range.ts';
import { filePolicy } from './security-headers.ts';
import type { Route, RouteRequest } from './route.ts';

const readLimitMs = 15_000;
/** Kinds that a browser may show itself; anything else is saved to disk. */
const shown = /^(image\/(png|jpeg|gif|webp)|audio\/(mpeg|wav|x-wav|ogg|amr)|video\/mp4)$/;

/** The chunks of a stream whose first answer was read already; a reader that has enough ends the call. */
async function* chunksOf(first: Uint8Array, rest: AsyncIterator<{ chunk: Uint8Array }>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value.chunk;
  } finally {
    await rest.return?.();
  }
}

async function send(response: ServerResponse, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  await pipeline(chunks, response, { signal });
}

/** Recordings and files of messages, for those who may see the contact. */
export function fileRoutes(options: { backend: Backend; access: ContactAccess }): Record<string, Route> {
  const { backend, access } = options;

  async function openRecording({ rest, query, session, signal }: RouteRequest, part: RecordingPart) {
    const { contactId, recordingId } = readTexts({ contactId: rest[0], recordingId: query.get('recording') ?? '' }, { contactId: idRule, recordingId: { max: 64 } });
    const user = await session();
    const { view } = await access.story(user, contactId, undefined);
    if (!mayReview(user.view, view)) throw deskError('DESK_FORBIDDEN');
    const call = { tenant: user.view.tenant, actor: user.actor, timeoutMs: readLimitMs, signal };
    const stream = backend.services.recordings.readRecording({ contactId, recordingId, part }, call)[Symbol.asyncIterator]();
    const first = await stream.next();
    if (first.done === true || first.value.object === undefined) {
      await stream.return?.();
      throw deskError('DESK_NOT_FOUND');
    }
    return { object: first.value.object, chunks: chunksOf(first.value.chunk, stream) };
  }

  return {
    'GET /api/recordings': async (route) => {
      const { object, chunks } = await openRecording(route, RecordingPart.AUDIO);
      const { request, response, signal } = route;
      const sizeBytes = Number(object.sizeBytes);
      const range = readByteRange(request.headers.range, sizeBytes);
      response.setHeader('accept-ranges', 'bytes');
      response.setHeader('cache-control', 'private, no-store');
      response.setHeader('content-type', object.mime || 'audio/wav');
      response.setHeader('content-security-policy', filePolicy);
      if (range === 'unsatisfiable') {
        await chunks.return(undefined);
        response.setHeader('content-range', `bytes */${sizeBytes}`);
        throw deskError('DESK_BAD_REQUEST', { details: { field: 'range' } });
      }
      const span = range ?? { first: 0, last: sizeBytes - 1 };
      if (range !== undefined) response.setHeader('content-range', `bytes ${span.first}-${span.last}/${sizeBytes}`);
      response.writeHead(range === undefined ? 200 : 206, { 'content-length': span.last - span.first + 1 });
      await send(response, sliceBytes(chunks, span), signal);
    },

    'GET /api/peaks': async (route) => {
      const { object, chunks } = await openRecording(route, RecordingPart.PEAKS);
      route.response.writeHead(200, { 'content-type': 'application/json', 'content-length': Number(object.sizeBytes), 'cache-control': 'private, no-store' });
      await send(route.response, chunks, route.signal);
    },

    /** `/api/attachments/<contact>/<object>`: only objects that a message of the contact names. */
    'GET /api/attachments': async ({ response, rest, session, signal }) => {
      const { contactId } = readTexts({ contactId: rest[0] }, { contactId: idRule });
      const object = rest.slice(1).join('/');
      const { items } = await access.story(await session(), contactId, undefined);
      const media = [...items.values()]
        .flatMap((item) => (item.kind === 'message' ? item.parts : []))
        .find((part): part is MessagePart & { kind: 'media' } => part.kind === 'media' && part.object === object);
      if (media === undefined) throw deskError('DESK_NOT_FOUND');
      const inline = shown.test(media.mime);
      response.writeHead(200, {
        'content-type': inline ? media.mime : 'application/octet-stream',
        'content-disposition': `${inline ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(media.name || 'file')}`,
        'content-security-policy': filePolicy,
        'cache-control': 'private, max-age=600',
      });
      await send(response, await backend.attachments.read(object), signal);
    },
  };
}
