import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findPeerPython } from '@patchbay/local/peers';
import { projectRoot } from '@patchbay/local/stack/stack';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import type { RunningVoiceGateway } from '@patchbay/voice-gateway/service';
import { startTelephone } from '../support/voice/telephone.ts';
import { phonePasswords, startVoiceCentre, type VoiceCentre } from '../support/voice/voice-centre.ts';

let nats: TestNats;
let centre: VoiceCentre;
let gateway: RunningVoiceGateway;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-scanner-'));
  nats = await startNats();
  centre = await startVoiceCentre(nats.url);
  gateway = await centre.startGateway();
});

afterAll(async () => {
  await gateway.stop();
  await centre.stop();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A tool of sipvicious against the gateway. */
function sipvicious(tool: 'svwar' | 'svcrack', ...args: string[]) {
  const child = spawn(findPeerPython(projectRoot) ?? 'python3', ['-m', `sipvicious.${tool}`, ...args, `udp://127.0.0.1:${gateway.sip.udpPort}`], { cwd: folder, timeout: 50_000 });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, words }));
  // It tells what it found when it is interrupted, too.
  return { ended, words: () => words, interrupt: () => void child.kill('SIGINT') };
}

async function dictionary(...words: readonly string[]): Promise<string> {
  const file = join(folder, `words-${words.length}.txt`);
  await writeFile(file, `${words.join('\n')}\n`);
  return file;
}

const password = (user: string) => phonePasswords[user] ?? '';

/** Exit code of a tool that found what it looked for. */
const foundSomething = 40;

describe('sipvicious', () => {
  test.each(['REGISTER', 'OPTIONS', 'INVITE'])('svwar tells no phone from none by %s', async (method) => {
    const { code, words } = await sipvicious('svwar', '--force', '-m', method, '-e', '1000-1005').ended;
    expect([code, words]).toEqual([0, expect.stringContaining('found nothing')]);
  });

  test('svcrack finds a password that is among the first of its list', async () => {
    const { code, words } = await sipvicious('svcrack', '-u', '1002', '-d', await dictionary('one', 'two', password('1002'))).ended;
    expect([code, words]).toEqual([foundSomething, expect.stringContaining(password('1002'))]);
  });

  test('svcrack is locked out before it comes to the password, and only for the phone it tried', async () => {
    const guesses = Array.from({ length: 30 }, (_, index) => `guess-${index}`);
    const attack = sipvicious('svcrack', '-v', '-v', '-u', '1001', '-d', await dictionary(...guesses, password('1001')));
    const phone = await startTelephone({ port: gateway.sip.udpPort });
    try {
      await eventually('more is refused than there are guesses', () => attack.words().split('SIP/2.0 403').length > guesses.length);
      expect([(await phone.register('1001', password('1001'))).status, (await phone.register('1002', password('1002'))).status]).toEqual([403, 200]);
    } finally {
      // Without a challenge it would go on asking for ever.
      attack.interrupt();
      await phone.close();
    }
    expect((await attack.ended).words).toContain('found nothing');
  });
});
