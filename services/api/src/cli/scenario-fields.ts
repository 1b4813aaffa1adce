import type { ResourceFault } from '@patchbay/contracts/directory/v1/directory_service';

/** Faults of one file, so that all are told at once. */
export class FaultsOfFile {
  readonly faults: ResourceFault[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  add(path: string, message: string, remedy: string): void {
    this.faults.push({ file: this.#file, line: 0, resource: '', path, message, remedy });
  }
}

const clock = /^(\d{1,3}):([0-5]\d)$/;

function asFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return value === null || typeof value !== 'object' || Array.isArray(value) ? undefined : (value as Record<string, unknown>);
}

/** The fields of one mapping of a file, read one by one; what is not asked for is a fault. */
export class Fields {
  readonly path: string;
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #faults: FaultsOfFile;
  readonly #asked = new Set<string>();

  constructor(value: unknown, path: string, faults: FaultsOfFile) {
    const found = asFields(value);
    if (found === undefined) faults.add(path, 'is no mapping', 'Write fields, as in docs/guides/what-if.md.');
    this.#value = found ?? {};
    this.path = path;
    this.#faults = faults;
  }

  #take(key: string): unknown {
    this.#asked.add(key);
    return this.#value[key] ?? undefined;
  }

  #pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  /** Text; empty when it is not there. */
  text(key: string): string {
    const value = this.#take(key);
    if (value === undefined || typeof value === 'string') return value ?? '';
    this.#faults.add(this.#pathOf(key), 'is no text', 'Write a name.');
    return '';
  }

  /** A number; 0 when it is not there. */
  number(key: string): number {
    const value = this.#take(key);
    if (value === undefined || typeof value === 'number') return value ?? 0;
    this.#faults.add(this.#pathOf(key), 'is no number', 'Write a number.');
    return 0;
  }

  /** A whole number; 0 when it is not there. */
  integer(key: string): number {
    const value = this.number(key);
    if (Number.isSafeInteger(value) && Math.abs(value) < 2 ** 31) return value;
    this.#faults.add(this.#pathOf(key), 'is no whole number', 'Write a whole number.');
    return 0;
  }

  /** A time of day as minutes from midnight; hours go on beyond 24 for the days after. */
  minute(key: string): number {
    const value = this.#take(key);
    const parts = typeof value === 'string' ? clock.exec(value) : null;
    if (parts !== null) return Number(parts[1]) * 60 + Number(parts[2]);
    this.#faults.add(this.#pathOf(key), 'is no time', 'Write hours and minutes in quotes, e.g. "09:30"; "33:00" is nine on the next day.');
    return 0;
  }

  /** Another mapping; undefined when it is not there. */
  fields<Value>(key: string, read: (fields: Fields) => Value): Value | undefined {
    const value = this.#take(key);
    return value === undefined ? undefined : readFields(value, this.#pathOf(key), { faults: this.#faults, read });
  }

  /** A list of mappings; empty when it is not there. */
  list<Value>(key: string, read: (fields: Fields) => Value): Value[] {
    return this.#items(key).map((item, index) => readFields(item, `${this.#pathOf(key)}[${index}]`, { faults: this.#faults, read }));
  }

  /** A list of names; empty when it is not there. */
  names(key: string): string[] {
    return this.#items(key).map((item, index) => {
      if (typeof item !== 'string') this.#faults.add(`${this.#pathOf(key)}[${index}]`, 'is no name', 'Write a name.');
      return String(item);
    });
  }

  #items(key: string): unknown[] {
    const value = this.#take(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) this.#faults.add(this.#pathOf(key), 'is no list', 'Write a list.');
    return Array.isArray(value) ? value : [];
  }

  /** Names the fields that nothing asked for. */
  tellUnknown(): void {
    for (const key of Object.keys(this.#value)) {
      if (!this.#asked.has(key)) this.#faults.add(this.#pathOf(key), 'is not known', `Take it out, or write one of ${[...this.#asked].join(', ')}.`);
    }
  }
}

/** Reads one mapping whole. */
export function readFields<Value>(value: unknown, path: string, how: { faults: FaultsOfFile; read: (fields: Fields) => Value }): Value {
  const fields = new Fields(value, path, how.faults);
  const found = how.read(fields);
  fields.tellUnknown();
  return found;
}
