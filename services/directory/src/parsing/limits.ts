/** Bounds of one apply. */
export const limits = {
  /** All files together, bytes of UTF-8. */
  filesBytes: 4 * 1024 * 1024,
  /** Files. */
  files: 100,
  /** Resources. */
  resources: 10_000,
  /** Levels of nesting in a document. */
  depth: 64,
  /** Values in one document, aliases counted as often as they are used. */
  values: 100_000,
  /** One resource as it is stored, bytes: a value of the store must fit into one message of the bus. */
  resourceBytes: 512 * 1024,
  /** Faults told at once. */
  faults: 1000,
  /** Time for parsing and checking, milliseconds. */
  parseMs: 20_000,
} as const;
