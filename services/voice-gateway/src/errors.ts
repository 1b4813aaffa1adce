import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of services/voice-gateway. Those named in `ContactEnded.code` and `FailOffer` stand here, too. */
export const voiceErrors = {
  VOICE_NO_MEDIA_PORT: {
    status: 'resource_exhausted',
    meaning: 'No pair of RTP ports is free.',
    remedy: 'Widen VOICE_RTP_PORT_MIN to VOICE_RTP_PORT_MAX, or add gateways.',
  },
  VOICE_MEDIA_LOST: {
    status: 'unavailable',
    meaning: 'The media worker that held the leg is gone.',
    remedy: 'See its last log entries; its calls were ended, other workers go on.',
  },
  VOICE_MEDIA_SILENT: {
    status: 'unavailable',
    meaning: 'No media came from a leg for longer than the limit.',
    remedy: 'See whether the other side can reach the RTP ports; VOICE_MEDIA_TIMEOUT_S sets the limit.',
  },
  VOICE_BAD_PROMPT: {
    status: 'invalid_argument',
    meaning: 'A prompt file cannot be used.',
    remedy: 'Make it a WAV file of 8000 Hz, one channel, 16-bit PCM or G.711; `details` names file and fault.',
  },
  VOICE_PHONE_UNREGISTERED: {
    status: 'failed_precondition',
    meaning: 'The agent has no phone that is registered.',
    remedy: 'Register the phone with the SIP user name of the Agent resource; see voice_registrations in the metrics.',
  },
  VOICE_NO_PHONE: {
    status: 'failed_precondition',
    meaning: 'The Agent resource names no SIP user.',
    remedy: 'Set spec.sipUsername of the agent.',
  },
  VOICE_SET_UP_FAILED: {
    status: 'internal',
    meaning: 'A leg to an agent could not be set up for a reason of the gateway.',
    remedy: 'See the log entry with the contact id.',
  },
  VOICE_GATEWAY_LOST: {
    status: 'unavailable',
    meaning: 'The gateway that held the call ended without finishing it.',
    remedy: 'See why the process ended; callers have to call again.',
  },
  VOICE_GATEWAY_STOPPED: {
    status: 'unavailable',
    meaning: 'The gateway was stopped while the call was up and the drain limit passed.',
    remedy: 'Raise VOICE_DRAIN_LIMIT_MS and PATCHBAY_STOP_LIMIT_MS to let calls end by themselves.',
  },
  VOICE_BAD_FLOW: {
    status: 'invalid_argument',
    meaning: 'The flow of an entry point does not parse or is not there; callers go to its queue.',
    remedy: 'Apply a Flow resource that packages/flow takes; `details` names the faults.',
  },
  VOICE_FLOW_FAILED: {
    status: 'internal',
    meaning: 'A flow went round and round, or led nowhere, for a caller.',
    remedy: 'Lead every way of the flow to a queue or an end.',
  },
  VOICE_NO_QUEUE: {
    status: 'failed_precondition',
    meaning: 'An entry point names neither a flow that can be used nor a queue or plan.',
    remedy: 'Set spec.queue or spec.plan of the EntryPoint resource.',
  },
  VOICE_NO_MESSAGES: {
    status: 'unimplemented',
    meaning: 'A call carries sound, no messages.',
    remedy: 'Do not offer a reply on voice contacts: the capabilities say `voice`.',
  },
  VOICE_NO_TRUNK: {
    status: 'failed_precondition',
    meaning: 'A customer is to be called back, and no trunk is set.',
    remedy: 'Set VOICE_TRUNK_PROXY, or `trunkProxy` of the entry point.',
  },
  VOICE_NO_NUMBER: {
    status: 'failed_precondition',
    meaning: 'The caller left a message and hid the number: nobody can be called back.',
    remedy: 'Listen to the message; it may say how the customer can be reached.',
  },
  VOICE_BAD_NUMBER: {
    status: 'invalid_argument',
    meaning: 'This is no telephone number.',
    remedy: 'Give 3 to 20 digits as the trunk takes them, E.164 as a rule; `+`, blanks, hyphens and brackets may stand between them.',
  },
  VOICE_BAD_TIME: {
    status: 'invalid_argument',
    meaning: 'A call-back cannot be due at this time.',
    remedy: 'Give a time within the next 30 days, or none.',
  },
  VOICE_BAD_REQUEST: {
    status: 'invalid_argument',
    meaning: 'A call-back cannot be asked for with this value.',
    remedy: '`details` names field and limit.',
  },
  VOICE_UNKNOWN_ENTRY_POINT: {
    status: 'not_found',
    meaning: 'There is no voice entry point of this name.',
    remedy: 'See `patchbay resources list EntryPoint`; its channel must be voice.',
  },
  VOICE_UNKNOWN_QUEUE: {
    status: 'not_found',
    meaning: 'There is no queue of this name, or the entry point names none and none was given.',
    remedy: 'See `patchbay queues`.',
  },
  VOICE_DO_NOT_CALL: {
    status: 'failed_precondition',
    meaning: 'The customer asked not to be called.',
    remedy: 'Reach the customer another way, or take `doNotCall` off the Customer resource when they agree.',
  },
  VOICE_CONTACT_KNOWN: {
    status: 'already_exists',
    meaning: 'The contact is there already and is no call-back to this number.',
    remedy: 'Use a new UUID, or none.',
  },
  VOICE_FORBIDDEN: {
    status: 'permission_denied',
    meaning: 'This user may not ask for call-backs.',
    remedy: 'Ask an agent, a team lead, a manager or an administrator to.',
  },
  VOICE_OWNERSHIP_LOST: {
    status: 'aborted',
    meaning: 'Another gateway ended the contact while this one was away from the bus; the call was hung up.',
    remedy: 'See why the gateway could not reach NATS for longer than its lease.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this service. */
export const voiceError = errorsOf(voiceErrors);
