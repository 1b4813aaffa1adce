/** Signs of a line that still fits beside time, name and writer on a wide terminal; `--json` has the whole. */
const mostSigns = 140;

function formatScalar(value: unknown): string {
  if (typeof value === 'string') return /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(value) ? value.toLowerCase().replaceAll('_', '-') : /[\s=]/.test(value) ? JSON.stringify(value) : value;
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toFixed(2);
  return String(value);
}

function fieldsOf(value: unknown, name: string): string[] {
  if (Array.isArray(value)) {
    if (value.length === 1) return fieldsOf(value[0], name);
    if (value.every((item) => typeof item !== 'object')) return value.length === 0 ? [] : [`${name}=${value.map(formatScalar).join(',')}`];
    return [`${name}=(${value.length})`];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => fieldsOf(item, name === '' ? key : `${name}.${key}`));
  }
  return [`${name}=${formatScalar(value)}`];
}

/**
 * The fields of a fact in one line for people: `queue=billing waitedMs=2655`. The contact's id, which its readers know, is
 * left out; lists of more than one thing are counted; a long line is cut. Text that is no JSON is shown as it is.
 */
export function formatFact(json: string): string {
  let fact: unknown;
  try {
    fact = JSON.parse(json);
  } catch {
    return json;
  }
  const line = fieldsOf(fact, '')
    .filter((field) => !field.startsWith('contactId='))
    .join(' ');
  const signs = [...line];
  return signs.length <= mostSigns ? line : `${signs.slice(0, mostSigns - 1).join('')}…`;
}
