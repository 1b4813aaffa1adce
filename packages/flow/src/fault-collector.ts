/** Something wrong in a definition. */
export interface FlowFault {
  /** Keys and list places from the top of the definition; empty for the definition as a whole. */
  readonly path: readonly (string | number)[];
  /** What is wrong. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
}

type Path = FlowFault['path'];
type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads values of unknown shape, notes every fault and always gives something of the right type, so that reading goes on
 * and all faults are named at once. What was read is only worth anything when there are no faults.
 */
export interface FaultCollector {
  readonly faults: readonly FlowFault[];
  add(path: Path, message: string, remedy: string): void;
  /** An object with no other fields than these; `'any'` leaves its keys free. */
  fields(value: unknown, path: Path, known: readonly string[] | 'any'): Fields;
  /** A text of 1 to `longest` signs that matches. */
  text(value: unknown, path: Path, rule: { longest: number; pattern?: RegExp; is?: string }): string;
  whole(value: unknown, path: Path, range: { min: number; max: number; fallback?: number }): number;
  flag(value: unknown, path: Path, fallback: boolean): boolean;
  oneOf<Value extends string>(value: unknown, path: Path, values: readonly Value[], fallback?: Value): Value;
  list(value: unknown, path: Path, range: { min: number; max: number }): readonly unknown[];
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An empty collector. */
export function createFaultCollector(): FaultCollector {
  const faults: FlowFault[] = [];
  const add = (path: Path, message: string, remedy: string) => {
    faults.push({ path, message, remedy });
  };

  return {
    faults,
    add,
    fields(value, path, known) {
      if (!isFields(value)) {
        add(path, 'is not an object', 'Write names with values.');
        return {};
      }
      if (known === 'any') return value;
      for (const name of Object.keys(value)) {
        if (!known.includes(name)) add([...path, name], 'is not known here', `Use one of: ${known.join(', ')}.`);
      }
      return value;
    },
    text(value, path, rule) {
      const is = rule.is ?? `a text of 1 to ${rule.longest} signs`;
      if (value === undefined) add(path, 'is missing', `Give ${is}.`);
      else if (typeof value !== 'string' || value === '' || value.length > rule.longest || rule.pattern?.test(value) === false) {
        add(path, `is not ${is}`, `Give ${is}.`);
      } else return value;
      return '';
    },
    whole(value, path, { min, max, fallback }) {
      if (value === undefined && fallback !== undefined) return fallback;
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
      add(path, value === undefined ? 'is missing' : `is not a whole number from ${min} to ${max}`, `Give a whole number from ${min} to ${max}.`);
      return min;
    },
    flag(value, path, fallback) {
      if (value === undefined || typeof value === 'boolean') return value ?? fallback;
      add(path, 'is neither true nor false', 'Write true or false.');
      return fallback;
    },
    oneOf(value, path, values, fallback) {
      const found = value === undefined ? fallback : values.find((one) => one === value);
      if (found === undefined) add(path, value === undefined ? 'is missing' : 'is none of the values known here', `Use one of: ${values.join(', ')}.`);
      return found ?? (values[0] as (typeof values)[number]);
    },
    list(value, path, { min, max }) {
      if (Array.isArray(value) && value.length >= min && value.length <= max) return value as unknown[];
      add(path, value === undefined ? 'is missing' : `is not a list of ${min} to ${max}`, `Give a list of ${min} to ${max}.`);
      return Array.isArray(value) ? (value.slice(0, max) as unknown[]) : [];
    },
  };
}
