/** A JSON Schema (draft 7) with two keywords of ours: `remedy`, and `zeroOr` for numbers that are 0 or within a range. */
export interface Schema {
  readonly [keyword: string]: unknown;
  /** What to do when a value does not fit; shown with the fault. */
  readonly remedy?: string;
}

/** Name of a resource, as it stands in keys and subjects. */
export const nameRemedy = 'Use 1 to 63 lower-case letters, digits, "-" and "_", at most two dots between them, beginning with a letter or digit; put numbers in quotes.';

/** The name of another resource. */
export const resourceName: Schema = { type: 'string', format: 'resource-name', remedy: nameRemedy };

/** The name of another resource, or nothing. */
export const optionalName: Schema = { type: 'string', format: 'optional-resource-name', remedy: `${nameRemedy} Leave it out for none.` };

/** Text for people, `max` signs. */
export function text(max: number, remedy = `Write text of 1 to ${max} signs; put numbers in quotes.`): Schema {
  return { type: 'string', minLength: 1, maxLength: max, remedy };
}

/** Whole number from `minimum` to `maximum`. */
export function integer(minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum, remedy: `Write a whole number from ${minimum} to ${maximum}.` };
}

/** Whole number that is 0 or within the range. */
export function zeroOr(minimum: number, maximum: number, zeroMeans: string): Schema {
  return { type: 'integer', zeroOr: [minimum, maximum], remedy: `Write a whole number from ${minimum} to ${maximum}, or 0 for ${zeroMeans}.` };
}

/** `true` or `false`. */
export const flag: Schema = { type: 'boolean', remedy: 'Write true or false.' };

/** One of the words; the long form is that of the protobuf JSON form. */
export function word(prefix: string, words: readonly string[]): Schema {
  return { enum: [...words, ...words.map((one) => prefix + one.toUpperCase())], remedy: `Write one of: ${words.join(', ')}.` };
}

/** List of at most `maxItems`. */
export function list(items: Schema, maxItems: number, minItems = 0): Schema {
  return { type: 'array', items, minItems, maxItems, remedy: `Write a list of ${minItems} to ${maxItems} entries, each with "- ".` };
}

/** Object of exactly these properties; a name ending in `!` must be there. */
export function object(properties: Readonly<Record<string, Schema>>, remedy?: string): Schema {
  const entries = Object.entries(properties).map(([name, schema]) => [name.replace(/!$/, ''), schema] as const);
  const required = Object.keys(properties).filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1));
  return {
    type: 'object',
    properties: Object.fromEntries(entries),
    required,
    additionalProperties: false,
    remedy: remedy ?? `Write an object with: ${entries.map(([name]) => name).join(', ')}.`,
  };
}

/** Map of at most `maxProperties` values. */
export function map(keys: Schema, values: Schema, maxProperties: number): Schema {
  return { type: 'object', propertyNames: keys, additionalProperties: values, maxProperties, remedy: `Write at most ${maxProperties} lines "name: value".` };
}

/** Titles by language tag. */
export const titles = map(
  { type: 'string', format: 'language-tag', remedy: 'Use a language tag such as zh-CN or en.' },
  text(200),
  20,
);

/** IANA time zone. */
export const timeZone: Schema = { type: 'string', format: 'time-zone', remedy: 'Use an IANA name such as Asia/Shanghai.' };

/** Language tag. */
export const languageTag: Schema = { type: 'string', format: 'language-tag', remedy: 'Use a language tag such as zh-CN or en.' };
