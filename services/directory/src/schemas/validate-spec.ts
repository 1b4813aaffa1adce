import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type Kind, kindNames } from '../domain/kinds.ts';
import type { Path } from '../domain/path.ts';
import { formats } from './formats.ts';
import { kindSchemas } from './kind-schemas.ts';
import type { Schema } from './parts.ts';

/** What does not fit the schema of a kind. */
export interface SchemaFault {
  /** From the top of the content. */
  path: Path;
  message: string;
  remedy: string;
}

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false, formats: { ...formats } });
ajv.addVocabulary(['remedy']);
ajv.addKeyword({
  keyword: 'zeroOr',
  type: 'number',
  schemaType: 'array',
  validate: ([minimum, maximum]: [number, number], value: number) => value === 0 || (value >= minimum && value <= maximum),
});

const validators = new Map<Kind, ValidateFunction>(kindNames.map((kind) => [kind, ajv.compile(kindSchemas[kind])]));

/** Steps of a JSON Pointer; list places as numbers. */
function stepsOf(pointer: string, root: unknown): (string | number)[] {
  let here = root;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const key = Array.isArray(here) ? Number(step) : step;
      here = (here as Record<string | number, unknown> | undefined)?.[key];
      return key;
    });
}

/** Number of single-letter changes between two words, given up over 2. */
function isNear(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 2) return false;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return (row[right.length] ?? 9) <= 2;
}

function unknownPropertyRemedy(name: string, known: readonly string[]): string {
  if (name === 'secretNames') return 'Leave it out: the directory fills it from secrets.';
  if (name === 'definitionFile') return 'Apply with `patchbay apply`, which sends the content of the file; or write it under "definition".';
  if (name === 'definitionJson') return 'Write the definition as an object under "definition".';
  const near = known.find((one) => isNear(one.toLowerCase(), name.toLowerCase()));
  return near === undefined ? `Take it out, or use one of: ${known.join(', ')}.` : `Did you mean "${near}"? Known are: ${known.join(', ')}.`;
}

const typeNames: Readonly<Record<string, string>> = { string: 'text', integer: 'a whole number', number: 'a number', boolean: 'true or false', array: 'a list', object: 'an object', null: 'empty' };

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** What a keyword that failed says about the value; the value itself may be personal and is never quoted. */
const messages: Readonly<Record<string, (error: ErrorObject) => string>> = {
  type: ({ params, data }) => `must be ${typeNames[String(params['type'])] ?? String(params['type'])}, is ${typeNames[typeOf(data)] ?? typeOf(data)}`,
  enum: () => 'is not one of the known words',
  minimum: ({ params }) => `is less than ${String(params['limit'])}`,
  maximum: ({ params }) => `is more than ${String(params['limit'])}`,
  zeroOr: () => 'is out of range',
  minLength: ({ params }) => (params['limit'] === 1 ? 'is empty' : `is shorter than ${String(params['limit'])} signs`),
  maxLength: ({ params }) => `is longer than ${String(params['limit'])} signs`,
  minItems: ({ params }) => `has fewer than ${String(params['limit'])} entries`,
  maxItems: ({ params }) => `has more than ${String(params['limit'])} entries`,
  maxProperties: ({ params }) => `has more than ${String(params['limit'])} entries`,
  pattern: () => 'is not written as it must be',
  format: ({ params }) => `is not a valid ${String(params['format']).replace('optional-', '').replaceAll('-', ' ')}`,
};

function toFault(error: ErrorObject, root: unknown): SchemaFault {
  const path = stepsOf(error.instancePath, root);
  const parent = (error.parentSchema ?? {}) as Schema & { properties?: Record<string, Schema> };
  if (error.keyword === 'required') {
    const missing = String(error.params['missingProperty']);
    return { path: [...path, missing], message: 'is missing', remedy: parent.properties?.[missing]?.remedy ?? 'Add it.' };
  }
  if (error.keyword === 'additionalProperties') {
    const extra = String(error.params['additionalProperty']);
    return { path: [...path, extra], message: 'is not known here', remedy: unknownPropertyRemedy(extra, Object.keys(parent.properties ?? {})) };
  }
  if (error.propertyName !== undefined) {
    return { path: [...path, error.propertyName], message: `the name ${messages[error.keyword]?.(error) ?? 'does not fit'}`, remedy: parent.remedy ?? 'Correct the name.' };
  }
  return { path, message: messages[error.keyword]?.(error) ?? 'does not fit', remedy: parent.remedy ?? 'Correct the value.' };
}

/** Checks the content of a resource against the schema of its kind; every fault at once. */
export function validateSpec(kind: Kind, spec: unknown): SchemaFault[] {
  const validate = validators.get(kind) as ValidateFunction;
  if (validate(spec)) return [];
  // `propertyNames` only sums up what is told about each name.
  return (validate.errors ?? []).filter((error) => error.keyword !== 'propertyNames').map((error) => toFault(error, spec));
}
