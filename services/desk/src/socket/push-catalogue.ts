import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import { catalogueView } from '../domain/catalogue.ts';
import type { Directory } from '../ports.ts';
import type { Outgoing } from './outgoing.ts';

/** Changes of this long go into one frame, milliseconds: applying a file changes many resources at once. */
const gatherMs = 200;

/** Sends the centre's configuration now and after each change. Returns how to stop. */
export function pushCatalogue(options: { tenant: string; directory: Directory; outgoing: Outgoing; clock: Clock }): () => void {
  const { tenant, directory, outgoing, clock } = options;
  let cancel: CancelTimer | undefined;
  let last = '';

  function push(): void {
    cancel = undefined;
    const catalogue = catalogueView(tenant, directory.resources(tenant), directory.channels());
    const text = JSON.stringify(catalogue);
    // Users and customers are resources, too: most changes do not touch what the desk shows.
    if (text === last) return;
    last = text;
    outgoing.send({ type: 'catalogue', catalogue });
  }

  push();
  const stop = directory.onChange((changed) => {
    if (changed === undefined || changed === tenant) cancel ??= clock.setTimer(gatherMs, push);
  });
  return () => {
    stop();
    cancel?.();
  };
}
