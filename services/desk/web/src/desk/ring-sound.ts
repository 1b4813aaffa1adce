import { createKeptFlag } from '../connection/kept-flag.ts';

const everyMs = 2_600;

/** Whether offers are heard. */
export const ringSound = createKeptFlag('patchbay.sound');

/** Two soft notes, a fourth apart. */
function chime(audio: AudioContext): void {
  [587.33, 783.99].forEach((frequency, index) => {
    const startsAt = audio.currentTime + index * 0.18;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.type = 'sine';
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, startsAt);
    volume.gain.linearRampToValueAtTime(0.09, startsAt + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, startsAt + 0.7);
    tone.connect(volume).connect(audio.destination);
    tone.start(startsAt);
    tone.stop(startsAt + 0.75);
  });
}

/** Rings until the returned function is called, in one tab only: the browser's lock says which. */
export function startRinging(): () => void {
  const stopping = new AbortController();
  const ring = async () => {
    const audio = new AudioContext();
    const timer = setInterval(() => {
      if (ringSound.store.get()) chime(audio);
    }, everyMs);
    if (ringSound.store.get()) chime(audio);
    await new Promise((resolve) => {
      stopping.signal.addEventListener('abort', resolve);
    });
    clearInterval(timer);
    await audio.close();
  };
  // Browsers stay silent until the user has pressed something, and tell the waiting tabs of the lock when one closes.
  navigator.locks.request('patchbay-ring', { signal: stopping.signal }, ring).catch(() => undefined);
  return () => {
    stopping.abort();
  };
}
