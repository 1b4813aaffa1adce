/** What lanes need to know about the messages and the stream they come from. */
export interface LaneSource<Item> {
  /** Whose messages must stay in order, e.g. the subject. */
  keyOf(item: Item): string;
  /** Place in the stream. */
  sequenceOf(item: Item): number;
  /** Sequence of the first message of the key that the stream still holds unsettled; undefined when there is none. */
  firstUnsettled(key: string): Promise<number | undefined>;
  /** Handles one message and settles it. A throw means that it was not settled and will be handed over again. */
  run(item: Item): Promise<void>;
  /** Gives back a message that was not begun. */
  giveBack(item: Item): void;
  /** Lets go of a delivery: another one of the same message is here, or the stream does not hold the message any more. */
  forget(item: Item): void;
  /** Waits a little before the stream is asked again. */
  pause(): Promise<void>;
  /** Told of what `run` and `firstUnsettled` threw. */
  onFault(error: unknown, item: Item): void;
  /** Nothing more is begun once it is aborted; what waits is given back. */
  readonly stopping: AbortSignal;
}

/** Messages side by side for different keys, one after the other for each. */
export interface Lanes<Item> {
  /** Takes a message that was handed over; of one that is here already the newer delivery stays, or the running one. */
  add(item: Item): void;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

interface Lane<Item> {
  readonly waiting: Map<number, Item>;
  running: number | undefined;
  done: Promise<void>;
}

/**
 * Keeps the order of each key although several messages are in flight and any of them may be handed over again late: a
 * process that takes over can get the second message of a key while the first still belongs to the one that died. So a
 * message begins only when the stream holds none before it.
 */
export function createLanes<Item>(source: LaneSource<Item>): Lanes<Item> {
  const lanes = new Map<string, Lane<Item>>();

  async function placeOf(key: string, item: Item): Promise<'first' | 'later' | 'settled'> {
    try {
      const first = await source.firstUnsettled(key);
      const sequence = source.sequenceOf(item);
      if (first === undefined || first > sequence) return 'settled';
      return first === sequence ? 'first' : 'later';
    } catch (error) {
      source.onFault(error, item);
      return 'later';
    }
  }

  async function runNext(key: string, lane: Lane<Item>): Promise<void> {
    const sequence = Math.min(...lane.waiting.keys());
    const item = lane.waiting.get(sequence) as Item;
    const place = await placeOf(key, item);
    if (place === 'later') return source.pause();
    lane.waiting.delete(sequence);
    // Another process settled it meanwhile.
    if (place === 'settled') return source.forget(item);
    lane.running = sequence;
    try {
      await source.run(item);
    } catch (error) {
      source.onFault(error, item);
    } finally {
      lane.running = undefined;
    }
  }

  async function runLane(key: string, lane: Lane<Item>): Promise<void> {
    while (lane.waiting.size > 0 && !source.stopping.aborted) await runNext(key, lane);
    for (const item of lane.waiting.values()) source.giveBack(item);
    lanes.delete(key);
  }

  return {
    add(item) {
      const key = source.keyOf(item);
      const sequence = source.sequenceOf(item);
      const lane = lanes.get(key);
      if (lane === undefined) {
        const opened: Lane<Item> = { waiting: new Map([[sequence, item]]), running: undefined, done: Promise.resolve() };
        lanes.set(key, opened);
        opened.done = runLane(key, opened);
        return;
      }
      const same = lane.running === sequence ? item : lane.waiting.get(sequence);
      if (lane.running !== sequence) lane.waiting.set(sequence, item);
      if (same !== undefined) source.forget(same);
    },
    async idle() {
      while (lanes.size > 0) await Promise.all([...lanes.values()].map((lane) => lane.done));
    },
  };
}
