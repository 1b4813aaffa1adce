/** Collects what is wrong with a definition, so that everything is named at once. */
export interface Faults {
  /** `path: what is wrong`, in the order of reading. */
  readonly list: string[];
  add(path: string, message: string): void;
}

/** Faults kept for one definition; the rest is not worth reading. */
const mostFaults = 100;

/** An empty collection. */
export function createFaults(): Faults {
  const list: string[] = [];
  return {
    list,
    add(path, message) {
      if (list.length < mostFaults) list.push(`${path}: ${message}`);
    },
  };
}

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one with a fault; keys outside the list are faults. */
export function readObject(faults: Faults, path: string, value: unknown, keys: readonly string[]): JsonObject {
  if (!isObject(value)) {
    faults.add(path, 'must be an object');
    return {};
  }
  for (const key of Object.keys(value)) if (!keys.includes(key)) faults.add(`${path}.${key}`, `is not known; known are ${keys.join(', ')}`);
  return value;
}

/** The list, or an empty one with a fault when it is none or longer than the limit. */
export function readList(faults: Faults, path: string, value: unknown, limit = 1_000): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) {
    faults.add(path, 'must be a list that is not empty');
    return [];
  }
  if (value.length > limit) faults.add(path, `must have at most ${limit} entries`);
  return value.slice(0, limit) as unknown[];
}

/** A number within the range, or its lower end with a fault. */
export function readNumber(faults: Faults, path: string, value: unknown, range: { min: number; max: number; whole?: boolean }): number {
  const whole = range.whole === true;
  if (typeof value !== 'number' || !(value >= range.min && value <= range.max) || (whole && !Number.isInteger(value))) {
    faults.add(path, `must be a ${whole ? 'whole ' : ''}number from ${range.min} to ${range.max}`);
    return range.min;
  }
  return value;
}

/** A text that is not empty, or an empty one with a fault. */
export function readText(faults: Faults, path: string, value: unknown, limit = 200): string {
  if (typeof value !== 'string' || value === '' || value.length > limit) {
    faults.add(path, `must be a text of 1 to ${limit} signs`);
    return '';
  }
  return value;
}

/** One of the values, or the first with a fault. */
export function readChoice<Value extends string>(faults: Faults, path: string, value: unknown, values: readonly Value[]): Value {
  const found = values.find((one) => one === value);
  if (found === undefined) faults.add(path, `must be one of ${values.join(', ')}`);
  return found ?? (values[0] as Value);
}

/** Titles by language tag. */
export function readTitles(faults: Faults, path: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) {
    faults.add(path, 'must be texts by language tag');
    return {};
  }
  return Object.fromEntries(Object.entries(value).map(([tag, title]) => [tag, readText(faults, `${path}.${tag}`, title)]));
}
