import { deskError } from '../errors.ts';
import type { ClientFrame } from '../protocol.ts';

/** Reads a request. Throws DESK_BAD_REQUEST for anything else. */
export function readFrame(text: string): ClientFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch (error) {
    throw deskError('DESK_BAD_REQUEST', { cause: error, details: { field: 'frame' } });
  }
  const { id, method, params } = asRecord(frame, 'frame');
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) throw deskError('DESK_BAD_REQUEST', { details: { field: 'id' } });
  if (typeof method !== 'string' || method.length > 64) throw deskError('DESK_BAD_REQUEST', { details: { field: 'method' } });
  return { id, method, params };
}

/** A JSON object, or DESK_BAD_REQUEST naming the field. */
export function asRecord(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw deskError('DESK_BAD_REQUEST', { details: { field } });
  return value as Record<string, unknown>;
}

/** How long a text may be. */
export interface TextRule {
  min?: number;
  max: number;
  pattern?: RegExp;
}

/** Texts of parameters by name, each within its rule; an absent one counts as empty. */
export function readTexts<Name extends string>(params: unknown, rules: Record<Name, TextRule>): Record<Name, string> {
  const record = params === undefined ? {} : asRecord(params, 'params');
  const texts = {} as Record<Name, string>;
  for (const [name, rule] of Object.entries(rules) as [Name, TextRule][]) {
    const value = record[name] ?? '';
    const fits = typeof value === 'string' && value.length >= (rule.min ?? 0) && value.length <= rule.max && (value === '' || rule.pattern === undefined || rule.pattern.test(value));
    if (!fits) throw deskError('DESK_BAD_REQUEST', { details: { field: name } });
    texts[name] = value;
  }
  return texts;
}

/** Ids of contacts, offers, assignments, commands: as a subject token can hold them. */
export const idRule: TextRule = { min: 1, max: 64, pattern: /^[A-Za-z0-9_-]+$/ };
