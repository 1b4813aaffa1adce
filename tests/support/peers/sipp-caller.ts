import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, runSipp, scenario, type SippRun } from '../sipp/run-sipp.ts';
import { writeTonePcap } from './tone-pcap.ts';

/** Where Debian's sip-tester has its captures. */
const captures = '/usr/share/sip-tester';

/**
 * Calls a number with SIPp: speaks, presses a key, sounds a tone for at most 40 seconds, and waits to be hung up on.
 * SIPp replays captures through a raw socket, so it needs root or CAP_NET_RAW.
 */
export async function callWithSipp(call: { sip: string; number: string; digit: string; hertz: number }): Promise<SippRun> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-caller-'));
  try {
    const script = join(folder, 'menu-call.xml');
    await copyFile(scenario('menu-call'), script);
    await copyFile(`${captures}/dtmf_2833_${call.digit}.pcap`, join(folder, 'digit.pcap'));
    await writeTonePcap(join(folder, 'voice.pcap'), { hertz: 300, lengthS: 1 });
    await writeTonePcap(join(folder, 'tone.pcap'), { hertz: call.hertz, lengthS: 40 });
    return await runSipp(['-sf', script, call.sip, '-s', call.number, '-m', '1', '-mp', String(await freePort())]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Plays the scenario `uac_pcap` that comes with SIPp: eight seconds of speech, the key 1, one second later it hangs up. */
export async function playUacPcap(call: { sip: string; number: string }): Promise<SippRun> {
  return runSipp(['-sn', 'uac_pcap', call.sip, '-s', call.number, '-m', '1', '-mp', String(await freePort())], { pcap: captures });
}
