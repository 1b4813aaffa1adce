import { connect } from 'node:net';
import { createArrivals } from './arrivals.ts';

/** A connection to an SMTP server, byte for byte. */
export interface SmtpLine {
  write(bytes: string | Uint8Array): void;
  /** The next reply (its last line), or `closed`. */
  reply(): Promise<{ code: number | 'closed'; text: string }>;
  close(): void;
}

/** Connects and takes the greeting. */
export async function openSmtp(port: number): Promise<SmtpLine> {
  const socket = connect(port, '127.0.0.1');
  const replies = createArrivals();
  let waiting = '';
  let taken = 0;
  socket.on('data', (bytes) => {
    const lines = `${waiting}${bytes.toString('utf8')}`.split('\r\n');
    waiting = lines.pop() ?? '';
    for (const text of lines) if (/^\d{3} /.test(text)) replies.put(text);
  });
  // A server that hangs up while we still write resets the connection.
  socket.on('error', () => {});
  socket.on('close', () => { replies.close(); });
  const line: SmtpLine = {
    write: (bytes) => void socket.write(bytes),
    async reply() {
      const text = await replies.next('reply', () => true, { from: taken });
      taken += 1;
      return text === undefined ? { code: 'closed', text: '' } : { code: Number(text.slice(0, 3)), text };
    },
    close: () => void socket.destroy(),
  };
  await line.reply();
  return line;
}

/** Connects and says hello. */
export async function greetSmtp(port: number): Promise<SmtpLine> {
  const line = await openSmtp(port);
  line.write('EHLO edge.example\r\n');
  await line.reply();
  return line;
}

/** Puts a mail through the dialogue behind the greeting; the reply to it. Another may follow on the same line. */
export async function sendRawMail(line: SmtpLine, mail: { from: string; to: string; raw: string | Uint8Array }): Promise<{ code: number | 'closed'; text: string }> {
  for (const command of [`MAIL FROM:<${mail.from}>`, `RCPT TO:<${mail.to}>`, 'DATA']) {
    line.write(`${command}\r\n`);
    const { code, text } = await line.reply();
    if (Number(code) >= 400) throw new Error(`${command}: ${text}`);
  }
  line.write(Buffer.concat([Buffer.from(mail.raw), Buffer.from('\r\n.\r\n')]));
  return line.reply();
}
