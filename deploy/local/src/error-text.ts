import { AppError } from '@patchbay/runtime/app-error';
import { localErrors } from './errors.ts';

/** An error as a person reads it: code, meaning, details, and the remedy of errors of deploy/local. */
export function errorText(error: unknown): string {
  if (!(error instanceof AppError)) return error instanceof Error ? error.message : String(error);
  const details = Object.entries(error.details).map(([key, value]) => `\n  ${key}: ${value.trim().replaceAll('\n', '\n    ')}`);
  const remedy = (localErrors as Record<string, { remedy: string }>)[error.code]?.remedy;
  return `${error.code}: ${error.message}${details.join('')}${remedy === undefined ? '' : `\n  what to do: ${remedy}`}`;
}
