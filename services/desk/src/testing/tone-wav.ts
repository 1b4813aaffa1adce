const samplesPerSecond = 8_000;

/** A stereo WAV of 16-bit PCM: 440 Hz left, 660 Hz right, in turns of a second. */
export function toneWav(seconds: number): Buffer {
  const samples = seconds * samplesPerSecond;
  const bytes = Buffer.alloc(44 + samples * 4);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples * 4, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(samplesPerSecond, 24);
  bytes.writeUInt32LE(samplesPerSecond * 4, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples * 4, 40);
  for (let sample = 0; sample < samples; sample += 1) {
    const left = Math.floor(sample / samplesPerSecond) % 2 === 0;
    const value = Math.round(6_000 * Math.sin((2 * Math.PI * (left ? 440 : 660) * sample) / samplesPerSecond));
    bytes.writeInt16LE(left ? value : 0, 44 + sample * 4);
    bytes.writeInt16LE(left ? 0 : value, 46 + sample * 4);
  }
  return bytes;
}

/** Peaks of such a file as the recorder writes them: two channels, 0 to 1. */
export function tonePeaks(length: number): number[][] {
  const channel = (offset: number) => Array.from({ length }, (_, index) => (Math.floor((index * 12) / length) % 2 === offset ? 0.25 + 0.6 * Math.abs(Math.sin(index * 0.7)) : 0.02));
  return [channel(0), channel(1)];
}
