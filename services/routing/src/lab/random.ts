/** A source of repeatable numbers. */
export interface Random {
  /** From 0 up to but without 1. */
  uniform(): number;
  /** Exponential with this mean; infinite for an infinite mean. */
  exponential(mean: number): number;
  /** Log-normal by its mean and its standard deviation over the mean. */
  logNormal(mean: number, variation: number): number;
  /** A source of its own that depends on the seed and the name alone: what one draws does not move the others. */
  fork(name: string): Random;
}

/** One step of splitmix32: spreads a seed over all bits. */
function spread(seed: number): number {
  let mixed = (seed + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/** FNV-1a over a name. */
function hashName(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let place = 0; place < name.length; place += 1) hash = Math.imul(hash ^ name.charCodeAt(place), 0x01000193);
  return hash | 0;
}

/** xoshiro128** 1.1 (D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021). */
function createBits(seed: number): () => number {
  let [a, b, c, d] = [spread(seed), spread(seed + 1), spread(seed + 2), spread(seed + 3) | 1];
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result >>> 0;
  };
}

/** @param seed any whole number; the same seed gives the same numbers on every machine */
export function createRandom(seed: number): Random {
  const bits = createBits(seed);
  const uniform = () => ((bits() >>> 5) * 0x4000000 + (bits() >>> 6)) / 2 ** 53;
  return {
    uniform,
    exponential: (mean) => -Math.log1p(-uniform()) * mean,
    logNormal(mean, variation) {
      const spreadSquared = Math.log1p(variation * variation);
      const normal = Math.sqrt(-2 * Math.log1p(-uniform())) * Math.cos(2 * Math.PI * uniform());
      return mean * Math.exp(Math.sqrt(spreadSquared) * normal - spreadSquared / 2);
    },
    fork: (name) => createRandom(hashName(seed, name)),
  };
}
