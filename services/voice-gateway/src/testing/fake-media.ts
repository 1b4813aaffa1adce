import type { MediaPlane, Playlist } from '../media-plane.ts';

/** A media plane without sound, for tests of what uses it. */
export interface FakeMedia extends MediaPlane {
  /** Files of the playlist that sounds now. */
  playing(): string[];
  /** Lets the playlist come to its end, and what follows from it settle. */
  finish(): Promise<void>;
}

/** One leg is enough for what it is used for. */
export function createFakeMedia(): FakeMedia {
  let current: { playlist: Playlist; settle: (how: 'played' | 'stopped') => void } | undefined;
  const end = (how: 'played' | 'stopped') => {
    const ended = current;
    current = undefined;
    ended?.settle(how);
  };
  const figures = { received: { packets: 0, lost: 0, jitterMs: 0, mos: 4.4 }, sent: undefined };
  return {
    createLeg: () => Promise.resolve({ address: '127.0.0.1', port: 40_000 }),
    configure: () => {},
    bridge: () => {},
    unbridge: () => {},
    play(_, playlist) {
      end('stopped');
      return new Promise((settle) => {
        current = { playlist, settle };
      });
    },
    stopPlay: () => {
      end('stopped');
    },
    collectDtmf: () => {},
    tap: () => {},
    record: () => {},
    stats: () => Promise.resolve(figures),
    closeLeg: () => Promise.resolve(figures),
    hasPrompt: () => true,
    load: () => ({ legs: 0, capacity: 10, lateMs: 0 }),
    close: () => Promise.resolve(),
    playing: () => current?.playlist.prompts.map(({ audio }) => audio) ?? [],
    async finish() {
      end('played');
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
