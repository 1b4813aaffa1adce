/** Where a personal field stands: names from the top, `*` for the elements of a list. */
export type FieldPath = readonly string[];

/** `138****1234`, `86138****1234`: the last four digits and what stands before the eight of the subscriber are left. */
function maskNumber(number: string): string {
  const plus = number.startsWith('+') ? '+' : '';
  const digits = number.slice(plus.length);
  if (digits.length < 9) return `${plus}${digits.slice(0, 1)}****${digits.slice(-2)}`;
  return `${plus}${digits.slice(0, -8)}****${digits.slice(-4)}`;
}

/** Masks one value by what it looks like and the name of its field. What is masked already stays as it is. */
export function maskText(value: string, field: string): string {
  if (value === '' || value.includes('***')) return value;
  if (field === 'displayName' || field === 'name') return `${[...value][0] ?? ''}**`;
  if (/^[^\s@]+@[^\s@]+$/.test(value)) return `${[...value][0] ?? ''}***@${value.slice(value.indexOf('@') + 1)}`;
  if (/^\+?[0-9]{5,20}$/.test(value)) return maskNumber(value);
  if (field === 'address' || field === 'customerAddress') return `${value.slice(0, 2)}***`;
  return '***';
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => value !== null && typeof value === 'object' && !Array.isArray(value);

function maskValue(value: unknown, field: string): unknown {
  if (typeof value === 'string') return maskText(value, field);
  if (typeof value === 'number') return 0;
  return value;
}

/** Name of the property that holds a field: a field of a oneof stands under the name of the oneof. */
function holderOf(fields: Fields, name: string): { key: string; inOneof: boolean } | undefined {
  if (name in fields) return { key: name, inOneof: false };
  for (const [key, value] of Object.entries(fields)) if (isFields(value) && value['$case'] === name) return { key, inOneof: true };
  return undefined;
}

function maskAt(value: unknown, path: FieldPath, mask: (value: unknown, holder: Fields, field: string) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (step === '*') {
    if (Array.isArray(value)) return value.map((item) => (rest.length === 0 ? maskValue(item, '') : maskAt(item, rest, mask)));
    if (!isFields(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rest.length === 0 ? maskValue(item, key) : maskAt(item, rest, mask)]));
  }
  if (!isFields(value)) return value;
  const holder = holderOf(value, step);
  if (holder === undefined) return value;
  const oneof = holder.inOneof ? (value[holder.key] as Fields) : undefined;
  const inner = oneof === undefined ? value[step] : oneof['value'];
  const masked = rest.length === 0 ? mask(inner, value, step) : maskAt(inner, rest, mask);
  return { ...value, [holder.key]: oneof === undefined ? masked : { ...oneof, value: masked } };
}

/** The message with the fields at these paths masked; the message itself is not changed. */
export function maskFields<Message>(message: Message, paths: readonly FieldPath[], mask: (value: unknown, holder: Record<string, unknown>, field: string) => unknown = (value, _holder, field) => maskValue(value, field)): Message {
  return paths.reduce<unknown>((masked, path) => maskAt(masked, path, mask), message) as Message;
}

/** The JSON text of a fact with its personal fields masked; empty when it cannot be read. */
export function maskFactJson(json: string, paths: readonly FieldPath[]): string {
  if (json === '') return json;
  try {
    return JSON.stringify(maskFields(JSON.parse(json) as unknown, paths));
  } catch {
    // Text that is no JSON cannot be masked field by field, so nothing of it goes out.
    return '';
  }
}
