import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@patchbay/testkit/eventually';
import { runCommand } from '@patchbay/local/run-command';
import { freePort } from '../sipp/run-sipp.ts';

/** A telephone by baresip that has no sound card: it speaks a steady tone. */
export interface Baresip {
  /** Types of the events since the telephone is up, e.g. `CALL_ESTABLISHED`, `CALL_CLOSED`. */
  readonly events: readonly string[];
  /** Whether the registrar took its account. */
  isRegistered(): Promise<boolean>;
  dial(uri: string): Promise<void>;
  /** Presses a key of the call in hand. */
  press(digit: string): Promise<void>;
  hangUp(): Promise<void>;
  stop(): Promise<void>;
}

/** What the telephone is. */
export interface BaresipOptions {
  /** Line of its `accounts` file. */
  account: string;
  /** Frequency of its tone. */
  hertz: number;
}

const config = (controlPort: number, sound: string) => `sip_listen 127.0.0.1:0
audio_source aufile,${sound}
audio_srate 8000-8000
audio_channels 1-1
rtp_ports 20000-30000
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${controlPort}
`;

interface ControlMessage {
  event?: boolean;
  type?: string;
  response?: boolean;
  ok?: boolean;
  data?: string;
  token?: string;
}

/** Messages of the control connection: JSON in netstrings (`<length>:<bytes>,`). */
function readMessages(socket: Socket, take: (message: ControlMessage) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const colon = rest.indexOf(':');
      const length = Number(rest.subarray(0, Math.max(0, colon)).toString());
      if (colon < 0 || rest.length < colon + length + 2) return;
      take(JSON.parse(rest.subarray(colon + 1, colon + 1 + length).toString()) as ControlMessage);
      rest = rest.subarray(colon + length + 2);
    }
  });
}

function openControl(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Starts baresip (Debian package baresip) with one account. */
export async function startBaresip({ account, hertz }: BaresipOptions): Promise<Baresip> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-baresip-'));
  const controlPort = await freePort();
  const sound = join(folder, 'tone.wav');
  // Longer than any call of a test: at the end of the file baresip falls silent.
  await runCommand('sox', ['-n', '-r', '8000', '-c', '1', '-b', '16', sound, 'synth', '120', 'sine', String(hertz), 'gain', '-6'], { timeoutMs: 20_000 });
  await writeFile(join(folder, 'config'), config(controlPort, sound));
  await writeFile(join(folder, 'accounts'), `${account}\n`);
  await writeFile(join(folder, 'contacts'), '');
  const child = spawn('baresip', ['-f', folder], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const control = await eventually('baresip listens', () => openControl(controlPort));
  const events: string[] = [];
  const answers = new Map<string, (message: ControlMessage) => void>();
  readMessages(control, (message) => {
    if (message.event === true && message.type !== undefined) events.push(message.type);
    if (message.response === true && message.token !== undefined) answers.get(message.token)?.(message);
  });
  let asked = 0;

  async function command(name: string, params = ''): Promise<string> {
    const token = String((asked += 1));
    const answer = new Promise<ControlMessage>((resolve) => answers.set(token, resolve));
    const text = JSON.stringify({ command: name, params, token });
    control.write(`${Buffer.byteLength(text)}:${text},`);
    const { ok, data } = await answer;
    answers.delete(token);
    if (ok !== true) throw new Error(`baresip refused ${name}: ${data ?? ''}`);
    return data ?? '';
  }

  return {
    events,
    isRegistered: async () => /OK\b/.test(await command('reginfo')),
    dial: async (uri) => void (await command('dial', uri)),
    press: async (digit) => void (await command('sndcode', digit)),
    hangUp: async () => void (await command('hangup')),
    async stop() {
      control.destroy();
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
