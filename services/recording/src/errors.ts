import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of services/recording. Some are the `code` of a RecordingFailed fact. */
export const recordingErrors = {
  RECORDING_NO_AUDIO: {
    status: 'not_found',
    meaning: 'Customer and agent were connected, but no sound of the call arrived: there is no recording.',
    remedy: 'See whether the gateway writes to MEDIA and whether RTP reaches it.',
  },
  RECORDING_HISTORY_GONE: {
    status: 'aborted',
    meaning: 'The facts of the contact cannot be read, or not yet.',
    remedy: 'It is tried again; a dead letter older than the stream of facts cannot be replayed any more.',
  },
  RECORDING_UNKNOWN: {
    status: 'not_found',
    meaning: 'The contact has no such recording.',
    remedy: 'List the recordings of the contact; a call in progress has none yet.',
  },
  RECORDING_NOT_READY: {
    status: 'failed_precondition',
    meaning: 'The recording is still being made, or there will be none.',
    remedy: 'Look at its status; wait for RecordingReady.',
  },
  RECORDING_ERASED: {
    status: 'failed_precondition',
    meaning: 'The recording or transcript was erased.',
    remedy: 'None: its retention class was over, or its erasure was asked for.',
  },
  RECORDING_NO_TRANSCRIPT: {
    status: 'not_found',
    meaning: 'The contact has no transcript, or not yet.',
    remedy: 'Wait for TranscriptReady; calls have one only where a recogniser is set up.',
  },
  RECORDING_BAD_TRANSCRIPT: {
    status: 'data_loss',
    meaning: 'The stored transcript is no array of turns.',
    remedy: 'Restore the object from a backup.',
  },
  RECORDING_FORBIDDEN: {
    status: 'permission_denied',
    meaning: 'The caller may not read what is kept of this contact.',
    remedy: 'Agents read their own contacts; ask for the role qa, team_lead, trainer or admin.',
  },
  RECORDING_BAD_REQUEST: {
    status: 'invalid_argument',
    meaning: 'The request names no contact.',
    remedy: 'Give the id of a contact.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this service. */
export const recordingError = errorsOf(recordingErrors);
