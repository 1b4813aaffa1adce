import { runtimeError } from './errors.ts';

/** One setting as `--help` prints it. */
export interface SettingHelp {
  name: string;
  fallback: string | undefined;
  meaning: string;
  /** What it may be, in words; absent for any text. */
  allowed?: string;
}

/** Reads a process's environment once, at start, and collects every fault before it complains. */
export interface ConfigReader {
  /** Text; without a fallback the setting must be there and not empty. */
  text(name: string, meaning: string, fallback?: string): string;
  /** Text, or undefined when not set. */
  optional(name: string, meaning: string): string | undefined;
  /** Whole number within the range, ends included. */
  integer(name: string, meaning: string, range: { min: number; max: number; fallback?: number }): number;
  /** Number from 0 to 1, ends included. */
  fraction(name: string, meaning: string, fallback: number): number;
  /** `1`, `true`, `yes` or `0`, `false`, `no`. */
  flag(name: string, meaning: string, fallback: boolean): boolean;
  /** One of the values. */
  oneOf<Value extends string>(name: string, meaning: string, values: readonly Value[], fallback?: Value): Value;
  /** TCP or UDP port, shifted by PATCHBAY_PORT_OFFSET; 0 asks the system for a free one. */
  port(name: string, meaning: string, fallback: number): number;
  /** Throws RUNTIME_BAD_CONFIG naming every fault; call it last. */
  finish(): void;
  /** Every setting that was asked for. */
  help(): readonly SettingHelp[];
}

/** @param environment mostly `process.env`, handed in by `main.ts` */
export function createConfigReader(environment: Readonly<Record<string, string | undefined>>): ConfigReader {
  const faults: string[] = [];
  const asked: SettingHelp[] = [];

  function raw(name: string, meaning: string, fallback: string | undefined, allowed?: string): string | undefined {
    asked.push({ name, meaning, fallback, ...(allowed === undefined ? {} : { allowed }) });
    const value = environment[name];
    return value === undefined || value === '' ? fallback : value;
  }

  function readInteger(name: string, text: string, range: { min: number; max: number }): number {
    const value = Number(text);
    if (!Number.isInteger(value) || value < range.min || value > range.max) {
      faults.push(`${name}: must be a whole number from ${range.min} to ${range.max}, is "${text}"`);
      return range.min;
    }
    return value;
  }

  return {
    text(name, meaning, fallback) {
      const value = raw(name, meaning, fallback);
      if (value === undefined) faults.push(`${name}: must be set (${meaning})`);
      return value ?? '';
    },
    optional: (name, meaning) => raw(name, meaning, undefined),
    integer(name, meaning, range) {
      const value = raw(name, meaning, range.fallback?.toString(), `whole number, ${range.min} to ${range.max}`);
      if (value === undefined) {
        faults.push(`${name}: must be set (${meaning})`);
        return range.min;
      }
      return readInteger(name, value, range);
    },
    fraction(name, meaning, fallback) {
      const text = raw(name, `${meaning}; 0 to 1`, String(fallback)) ?? '';
      const value = Number(text);
      if (value >= 0 && value <= 1) return value;
      faults.push(`${name}: must be a number from 0 to 1, is "${text}"`);
      return fallback;
    },
    flag(name, meaning, fallback) {
      const value = (raw(name, meaning, fallback ? '1' : '0', '1 or 0') ?? '').toLowerCase();
      if (['1', 'true', 'yes'].includes(value)) return true;
      if (!['0', 'false', 'no'].includes(value)) faults.push(`${name}: must be 1 or 0, is "${value}"`);
      return false;
    },
    oneOf(name, meaning, values, fallback) {
      const value = raw(name, `${meaning}; one of ${values.join(', ')}`, fallback);
      const found = values.find((one) => one === value);
      if (found === undefined) faults.push(`${name}: must be one of ${values.join(', ')}, is "${value ?? ''}"`);
      return found ?? (values[0] as (typeof values)[number]);
    },
    port(name, meaning, fallback) {
      const value = readInteger(name, raw(name, meaning, String(fallback)) ?? '', { min: 0, max: 65_535 });
      const offset = Number(environment['PATCHBAY_PORT_OFFSET'] ?? 0);
      return environment[name] === undefined && value !== 0 && Number.isInteger(offset) ? value + offset : value;
    },
    finish() {
      if (faults.length > 0) {
        throw runtimeError('RUNTIME_BAD_CONFIG', { details: Object.fromEntries(faults.map((fault, index) => [String(index + 1), fault])) });
      }
    },
    help: () => asked,
  };
}

/** The settings as an aligned table for `--help`. */
export function formatConfigHelp(settings: readonly SettingHelp[]): string {
  const width = Math.max(0, ...settings.map((setting) => setting.name.length));
  return settings
    .map(({ name, meaning, fallback }) => `  ${name.padEnd(width)}  ${meaning}${fallback === undefined ? '' : ` (default ${fallback === '' ? 'empty' : fallback})`}`)
    .join('\n');
}
