/** What a line of a service's output says. */
export interface LogLine {
  timeMs: number;
  service: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

const levels = new Set(['debug', 'info', 'warn', 'error']);
const longestValue = 300;

/** Reads a line: JSON as the logger of packages/runtime writes it, or anything else as it stands. */
export function parseLogLine(text: string, context: { service: string; nowMs: number; fallbackLevel: 'info' | 'warn' }): LogLine {
  if (text.startsWith('{')) {
    try {
      const { time, level, service, msg, ...fields } = JSON.parse(text) as Record<string, unknown>;
      const timeMs = Date.parse(String(time));
      return {
        timeMs: Number.isNaN(timeMs) ? context.nowMs : timeMs,
        service: typeof service === 'string' ? service : context.service,
        level: levels.has(String(level)) ? (level as LogLine['level']) : context.fallbackLevel,
        message: typeof msg === 'string' ? msg : '',
        fields,
      };
    } catch {
      // Looks like JSON and is not: shown as it stands.
    }
  }
  return { timeMs: context.nowMs, service: context.service, level: context.fallbackLevel, message: text, fields: {} };
}

/** `HH:MM:SS service level message key=value`, in local time. */
export function formatLogLine(line: LogLine): string {
  const time = new Date(line.timeMs).toTimeString().slice(0, 8);
  const fields = Object.entries(line.fields).map(([key, value]) => `${key}=${formatValue(value)}`);
  return [time, line.service.padEnd(13), line.level.padEnd(5), line.message, ...fields].join(' ').trimEnd();
}

function formatValue(value: unknown): string {
  if (isError(value)) return formatValue([value.code ?? value.type, value.message, ...(value.details === undefined ? [] : [JSON.stringify(value.details)])].join(': '));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const short = text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
  return /[\s"=]/.test(short) && typeof value === 'string' ? JSON.stringify(short) : short;
}

/** As the logger writes an error. */
function isError(value: unknown): value is { type: string; message: string; code?: string; details?: unknown } {
  return typeof value === 'object' && value !== null && 'type' in value && 'message' in value && 'stack' in value;
}
