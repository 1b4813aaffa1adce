import { connect } from 'node:net';
import type { Socket } from 'node:net';

/*
 * As much of the PostgreSQL frontend/backend protocol 3.0 (PostgreSQL documentation, "Message Formats") as it takes to
 * see that the server takes work and to run one statement:
 *   StartupMessage   int32 length, int32 196608, (name \0 value \0)*, \0
 *   other messages   byte type, int32 length (itself included), body
 */

/** Whom to connect as. */
export interface PostgresLogin {
  port: number;
  user: string;
  password: string;
  database: string;
}

/** An ErrorResponse of the server, with its SQLSTATE. */
export class PostgresFailure extends Error {
  override name = 'PostgresFailure';
  readonly sqlState: string;
  constructor(sqlState: string, text: string) {
    super(text);
    this.sqlState = sqlState;
  }
}

/** Signs in with a clear-text password (loopback only) and runs one statement. Throws PostgresFailure. */
export async function runStatement(login: PostgresLogin, statement: string, signal: AbortSignal): Promise<void> {
  const socket = connect(login.port, '127.0.0.1');
  try {
    await converse(socket, login, statement, signal);
  } finally {
    socket.destroy();
  }
}

function converse(socket: Socket, login: PostgresLogin, statement: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    let asked = false;
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason as Error);
      },
      { once: true },
    );
    const answer = (type: string, body: Buffer) => {
      if (type === 'E') reject(readFailure(body));
      // AuthenticationCleartextPassword; 0 is AuthenticationOk.
      else if (type === 'R' && body.readInt32BE(0) === 3) socket.write(message('p', `${login.password}\0`));
      else if (type === 'R' && body.readInt32BE(0) !== 0) reject(new Error(`authentication method ${body.readInt32BE(0)} is not spoken here`));
      else if (type === 'Z' && asked) resolve();
      else if (type === 'Z') {
        asked = true;
        socket.write(message('Q', `${statement}\0`));
      }
    };
    socket.on('error', reject);
    socket.on('end', () => {
      reject(new Error('closed before an answer'));
    });
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 5 && received.length >= 1 + received.readInt32BE(1)) {
        const end = 1 + received.readInt32BE(1);
        answer(received.toString('latin1', 0, 1), received.subarray(5, end));
        received = received.subarray(end);
      }
    });
    const names = `user\0${login.user}\0database\0${login.database}\0\0`;
    const head = Buffer.alloc(8);
    head.writeInt32BE(8 + Buffer.byteLength(names), 0);
    head.writeInt32BE(196_608, 4);
    socket.write(Buffer.concat([head, Buffer.from(names)]));
  });
}

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function readFailure(body: Buffer): PostgresFailure {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return new PostgresFailure(fields.get('C') ?? '', fields.get('M') ?? 'unknown');
}
