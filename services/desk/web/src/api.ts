import type { ErrorView, SessionView } from '../../src/protocol.ts';
import { RequestError } from './connection/link.ts';

export interface Preferences {
  language: string;
  theme: string;
}

/** What the desk says about whoever asks. */
export type SessionAnswer = { session: SessionView; preferences: Preferences } | { session: null; tenant: string };

const limitMs = 12_000;

async function ask<Result>(path: string, body?: unknown): Promise<Result> {
  let response: Response;
  try {
    response = await fetch(path, {
      credentials: 'same-origin',
      signal: AbortSignal.timeout(limitMs),
      ...(body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new RequestError({ code: 'DESK_NO_ANSWER', status: 'unavailable', message: 'The desk did not answer.', retryable: true, details: {} });
  }
  const answer = (await response.json().catch(() => undefined)) as { error?: ErrorView } | undefined;
  if (response.ok && answer !== undefined) return answer as Result;
  throw new RequestError(answer?.error ?? { code: 'DESK_NO_ANSWER', status: 'unavailable', message: response.statusText, retryable: true, details: {} });
}

/** Who is signed in; renews the session when it is past half of its life. */
export async function fetchSession(): Promise<SessionAnswer> {
  try {
    return await ask<SessionAnswer>('/api/session');
  } catch (error) {
    if (error instanceof RequestError && error.error.status === 'unauthenticated') return { session: null, tenant: '' };
    throw error;
  }
}

export function signIn(credentials: { tenant: string; user: string; password: string }): Promise<SessionAnswer> {
  return ask('/api/sign-in', credentials);
}

export function signOut(): Promise<unknown> {
  return ask('/api/sign-out', {});
}

export function savePreferences(preferences: Preferences): Promise<unknown> {
  return ask('/api/preferences', preferences);
}

/** Address of a contact's recording. */
export function recordingUrl(contactId: string, recordingId: string): string {
  return `/api/recordings/${contactId}?recording=${encodeURIComponent(recordingId)}`;
}

/** The drawing of a recording: values from 0 to 1, a row a channel. */
export function fetchPeaks(contactId: string, recordingId: string): Promise<number[][]> {
  return ask(`/api/peaks/${contactId}?recording=${encodeURIComponent(recordingId)}`);
}

/** Address of a file in a message. */
export function attachmentUrl(contactId: string, object: string): string {
  return `/api/attachments/${contactId}/${object.split('/').map(encodeURIComponent).join('/')}`;
}
