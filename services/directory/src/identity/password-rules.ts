import { directoryError } from '../errors.ts';

/** Refuses passwords that are too short, too long to be checked cheaply, the user's own name or one sign repeated. */
export function requireGoodPassword(password: string, owner: string): void {
  const signs = [...password].length;
  const simple = new Set(password).size < 3 || password.toLowerCase() === owner.toLowerCase();
  if (signs < 10 || Buffer.byteLength(password) > 1024 || signs > 256 || simple) throw directoryError('DIRECTORY_WEAK_PASSWORD');
}
