/** A binary heap: the smallest item is at hand in O(1), taken in O(log n). */
export class Heap<Item> {
  readonly items: Item[] = [];
  readonly #isBefore: (left: Item, right: Item) => boolean;

  constructor(isBefore: (left: Item, right: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.items.length;
  }

  peek(): Item | undefined {
    return this.items[0];
  }

  push(item: Item): void {
    const { items } = this;
    let place = items.length;
    items.push(item);
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = items[parent] as Item;
      if (!this.#isBefore(item, above)) break;
      items[place] = above;
      place = parent;
    }
    items[place] = item;
  }

  pop(): Item | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.#sink(last, 0);
    return first;
  }

  /** Keeps only the items that pass; for heaps that carry many dead ones. */
  keep(isAlive: (item: Item) => boolean): void {
    const alive = this.items.filter(isAlive);
    this.items.length = 0;
    for (const item of alive) this.push(item);
  }

  #sink(item: Item, from: number): void {
    const { items } = this;
    const half = items.length >>> 1;
    let place = from;
    while (place < half) {
      let child = 2 * place + 1;
      if (child + 1 < items.length && this.#isBefore(items[child + 1] as Item, items[child] as Item)) child += 1;
      const below = items[child] as Item;
      if (!this.#isBefore(below, item)) break;
      items[place] = below;
      place = child;
    }
    items[place] = item;
  }
}
