import { eventTypes } from '@patchbay/contracts/event-types';
import { personalFields } from '@patchbay/contracts/personal-fields';
import { type FieldPath, maskFactJson, maskFields, maskText } from './domain/mask.ts';

/** Paths of the personal fields of a fact type, in its JSON form; undefined when the type is not known. */
export function personalPathsOfFact(type: string): readonly FieldPath[] | undefined {
  return Object.hasOwn(eventTypes, type) ? eventTypes[type as keyof typeof eventTypes].personal : undefined;
}

/** A fact's JSON with its personal fields masked; a type that is not known here goes out empty. */
export function maskFact(type: string, json: string): string {
  const paths = personalPathsOfFact(type);
  return paths === undefined ? '' : maskFactJson(json, paths);
}

/**
 * A response with its personal fields masked.
 * @param shown endings of paths that stay as they are, e.g. `agent.displayName`
 */
export function maskResponse<Response>(type: string, response: Response, shown: readonly string[] = []): Response {
  const paths = (personalFields[type] ?? []).filter((path) => !shown.some((ending) => path.join('.').endsWith(ending)));
  if (paths.length === 0) return response;
  return maskFields(response, paths, (value, holder, field) => {
    // The facts of a contact are JSON texts beside their type: they are masked field by field.
    if (field === 'json' && typeof holder['type'] === 'string') return maskFact(holder['type'], String(value));
    if (typeof value === 'string') return maskText(value, field);
    return typeof value === 'number' ? 0 : value;
  });
}
