import { useState } from 'react';
import { tellFailure } from './errors.ts';

/** What the user asked for and is not done yet. */
export interface Work<What extends string> {
  busy: What | null;
  /** Is busy until the work is done; a failure is told. */
  run(what: What, work: () => Promise<unknown>): Promise<void>;
}

export function useWork<What extends string>(): Work<What> {
  const [busy, setBusy] = useState<What | null>(null);
  return {
    busy,
    run: async (what, work) => {
      setBusy(what);
      try {
        await work();
      } catch (error) {
        tellFailure(error);
      } finally {
        setBusy(null);
      }
    },
  };
}
