import type {
  CallBackFailed,
  ContactAttributesSet,
  ContactConnected,
  ContactEnded,
  ContactHeld,
  ContactIdentified,
  ContactRetrieved,
  ContactStarted,
  FlowEntered,
  FlowLeft,
  FlowStepTaken,
  RoutingRequested,
  RoutingWithdrawn,
} from '@patchbay/contracts/contact/v1/contact_event';
import type { CallQualityReported, DigitsCollected, LegAnswered, LegEnded, LegRang, LegStarted } from '@patchbay/contracts/voice/v1/voice_event';

/** The facts this service writes, by name. */
interface CallFacts {
  ContactStarted: ContactStarted;
  ContactIdentified: ContactIdentified;
  ContactAttributesSet: ContactAttributesSet;
  FlowEntered: FlowEntered;
  FlowStepTaken: FlowStepTaken;
  FlowLeft: FlowLeft;
  RoutingRequested: RoutingRequested;
  RoutingWithdrawn: RoutingWithdrawn;
  CallBackFailed: CallBackFailed;
  ContactConnected: ContactConnected;
  ContactHeld: ContactHeld;
  ContactRetrieved: ContactRetrieved;
  ContactEnded: ContactEnded;
  LegStarted: LegStarted;
  LegRang: LegRang;
  LegAnswered: LegAnswered;
  LegEnded: LegEnded;
  DigitsCollected: DigitsCollected;
  CallQualityReported: CallQualityReported;
}

/** One fact of a call, told apart by `name`. */
export type CallFact = { [Name in keyof CallFacts]: { readonly name: Name; readonly event: CallFacts[Name] } }[keyof CallFacts];
