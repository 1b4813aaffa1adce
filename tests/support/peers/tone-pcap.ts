import { readFile, rm, writeFile } from 'node:fs/promises';
import { runCommand } from '@patchbay/local/run-command';

/*
 * A capture file (libpcap 2.4, https://www.tcpdump.org/manpages/pcap-savefile.5.html) of one RTP stream:
 *
 *   file    a1b2c3d4 | 2.4 | 0 | 0 | longest packet | 1 (Ethernet)       little-endian
 *   packet  seconds | microseconds | length kept | length                little-endian
 *           Ethernet 14 | IPv4 20 | UDP 8 | RTP 12 | 160 samples         big-endian
 *
 * SIPp puts its own ports and sums in, and sends the UDP payloads to where the call's SDP says.
 */

const samplesPerPacket = 160;
const packetsPerSecond = 50;
const headers = { ethernet: 14, ip: 20, udp: 8, rtp: 12 } as const;
const rtpAt = headers.ethernet + headers.ip + headers.udp;
/** RFC 3551 section 6. */
const pcma = 8;

function fileHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

function packet(index: number, samples: Uint8Array): Buffer {
  const length = rtpAt + headers.rtp + samples.length;
  const record = Buffer.alloc(16);
  record.writeUInt32LE(Math.floor(index / packetsPerSecond), 0);
  record.writeUInt32LE((index % packetsPerSecond) * (1_000_000 / packetsPerSecond), 4);
  record.writeUInt32LE(length, 8);
  record.writeUInt32LE(length, 12);
  const frame = Buffer.alloc(length);
  frame.writeUInt16BE(0x0800, 12);
  const ip = headers.ethernet;
  frame.writeUInt8(0x45, ip);
  frame.writeUInt16BE(length - ip, ip + 2);
  frame.writeUInt8(64, ip + 8);
  frame.writeUInt8(17, ip + 9);
  frame.writeUInt32BE(0x7f000001, ip + 12);
  frame.writeUInt32BE(0x7f000001, ip + 16);
  frame.writeUInt16BE(length - ip - headers.ip, ip + headers.ip + 4);
  frame.writeUInt8(0x80, rtpAt);
  frame.writeUInt8(pcma | (index === 0 ? 0x80 : 0), rtpAt + 1);
  frame.writeUInt16BE(index & 0xffff, rtpAt + 2);
  frame.writeUInt32BE(index * samplesPerPacket, rtpAt + 4);
  frame.writeUInt32BE(0x70617463, rtpAt + 8);
  frame.set(samples, rtpAt + headers.rtp);
  return Buffer.concat([record, frame]);
}

/** Writes a capture of a steady tone in A-law, made by sox. */
export async function writeTonePcap(path: string, tone: { hertz: number; lengthS: number }): Promise<void> {
  const raw = `${path}.al`;
  await runCommand('sox', ['-n', '-r', '8000', '-c', '1', '-e', 'a-law', '-t', 'raw', raw, 'synth', String(tone.lengthS), 'sine', String(tone.hertz), 'gain', '-6'], { timeoutMs: 20_000 });
  const samples = await readFile(raw);
  const packets = Array.from({ length: Math.floor(samples.length / samplesPerPacket) }, (_, index) => packet(index, samples.subarray(index * samplesPerPacket, (index + 1) * samplesPerPacket)));
  await writeFile(path, Buffer.concat([fileHeader(), ...packets]));
  await rm(raw);
}
