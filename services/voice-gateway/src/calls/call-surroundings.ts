import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { MediaPlane } from '../media-plane.ts';
import type { AudioStore, CentreView, PhoneDialer, RoutingDesk } from '../ports.ts';

/** What every call of the gateway shares. */
export interface CallSurroundings {
  readonly media: MediaPlane;
  readonly phones: PhoneDialer;
  readonly routing: RoutingDesk;
  readonly centre: CentreView;
  readonly audio: AudioStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly calls: {
    /** Strikes an ended call off, here and in the list that survives the process. */
    forget(contactId: string): Promise<void>;
  };
}
