/**
 * Normal form of an address, so that one customer has one form: `tel` digits of E.164 without `+`, `email` lower case
 * and NFC, everything else trimmed and NFC with its case kept (open ids are case-sensitive).
 */
export function normaliseAddress(type: string, address: string): string {
  const clean = address.toWellFormed().normalize('NFC').trim();
  if (type === 'email') return clean.toLowerCase();
  if (type === 'tel') return clean.replaceAll(/[^0-9]/g, '');
  return clean;
}

/** Keeps the first and the last signs and stars the rest; what is too short for that is starred whole. */
function maskMiddle(text: string, first: number, last: number): string {
  const signs = [...text];
  if (signs.length < first + last + 2) return '*'.repeat(Math.max(1, signs.length));
  return `${signs.slice(0, first).join('')}${'*'.repeat(Math.min(8, signs.length - first - last))}${last === 0 ? '' : signs.slice(-last).join('')}`;
}

/** An address as lists and logs may show it: `138****1234`, `z***@example.test`, `oAb********xyz`. */
export function maskAddress(type: string, address: string): string {
  if (type === 'tel') return maskMiddle(address, 3, 4);
  const at = address.lastIndexOf('@');
  if (type === 'email' && at > 0) return `${[...address][0] ?? ''}***${address.slice(at)}`;
  return maskMiddle(address, 3, 3);
}
