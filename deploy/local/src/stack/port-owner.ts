import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { commandLineOf } from '../process/identity.ts';

/** A process that listens on a port. */
export interface PortOwner {
  pid: number;
  command: string;
}

/** Who listens on a TCP port; undefined when it cannot be seen (another user's process, or not Linux). */
export async function ownerOfPort(port: number): Promise<PortOwner | undefined> {
  try {
    const socket = listeningSocket(port);
    if (socket === undefined) return undefined;
    for (const entry of readdirSync('/proc')) {
      const pid = Number(entry);
      if (Number.isInteger(pid) && holdsSocket(pid, socket)) return { pid, command: (await commandLineOf(pid)) ?? '' };
    }
  } catch {
    // No /proc here: the port is named without its owner.
  }
  return undefined;
}

/** Inode of the socket in LISTEN state (0A) on the port: columns `local_address`, `st` and `inode` of /proc/net/tcp. */
function listeningSocket(port: number): string | undefined {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const row = readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find((columns) => columns[1]?.endsWith(`:${hexadecimal}`) && columns[3] === '0A');
    if (row !== undefined) return row[9];
  }
  return undefined;
}

function holdsSocket(pid: number, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => linkOf(`/proc/${pid}/fd/${descriptor}`) === `socket:[${inode}]`);
  } catch {
    // Ended meanwhile, or another user's.
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return undefined;
  }
}
