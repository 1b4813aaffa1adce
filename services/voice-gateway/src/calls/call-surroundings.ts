import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { CallBackRequests } from '../call-back-requests.ts';
import type { MediaPlane } from '../media-plane.ts';
import type { AudioStore, CentreView, PhoneDialer, RoutingDesk, SurgeView, TrunkDialer } from '../ports.ts';

/** What every call of the gateway shares. */
export interface CallSurroundings {
  readonly media: MediaPlane;
  readonly phones: PhoneDialer;
  readonly trunk: TrunkDialer;
  readonly routing: RoutingDesk;
  readonly centre: CentreView;
  readonly audio: AudioStore;
  readonly surges: SurgeView;
  /** Takes call-backs on. */
  readonly requests: CallBackRequests;
  /** Trunk of entry points that name none; without one nobody is called back. */
  readonly trunkProxy: string | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly calls: {
    /** Strikes a call off that is over here, and in the list that survives the process. @param ended whether the contact is */
    forget(contactId: string, ended: boolean): Promise<void>;
  };
}
