import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of packages/channel-kit. Codes of failed messages come from this table or the adapter's. */
export const channelErrors = {
  CHANNEL_NO_ENTRY_POINT: {
    status: 'not_found',
    meaning: 'No entry point of this channel has the address.',
    remedy: 'Apply an EntryPoint resource with this channel and address.',
  },
  CHANNEL_BAD_MESSAGE: {
    status: 'invalid_argument',
    meaning: 'A decoded message breaks the rules of the channel port.',
    remedy: 'Correct the adapter; the field is named in the details.',
  },
  CHANNEL_BAD_MANIFEST: {
    status: 'invalid_argument',
    meaning: 'The manifest of a channel contradicts itself.',
    remedy: 'Correct the adapter; the field is named in the details.',
  },
  CHANNEL_BUSY: {
    status: 'resource_exhausted',
    meaning: 'The channel has too many messages in hand.',
    remedy: 'Deliver again later; add replicas when it goes on.',
  },
  CHANNEL_STOPPING: {
    status: 'unavailable',
    meaning: 'The channel is stopping and takes nothing new.',
    remedy: 'Deliver again to another replica.',
  },
  CHANNEL_CONFLICT: {
    status: 'aborted',
    meaning: 'Other writers changed the contact again and again while this change was made.',
    remedy: 'Try again; look for a loop of two writers when it goes on.',
  },
  CHANNEL_UNKNOWN_CONTACT: {
    status: 'not_found',
    meaning: 'The contact is not known to this channel.',
    remedy: 'Check the contact id and the channel of the command.',
  },
  CHANNEL_CONTACT_ENDED: {
    status: 'failed_precondition',
    meaning: 'The contact has ended; nothing can be sent on it.',
    remedy: 'Answer on the contact that the customer opens next.',
  },
  CHANNEL_CANNOT_SHOW: {
    status: 'failed_precondition',
    meaning: 'The channel cannot show the content as asked, and a poorer form was forbidden or there is none.',
    remedy: 'Send it as text, or allow degrading.',
  },
  CHANNEL_PARTLY_SENT: {
    status: 'data_loss',
    meaning: 'The first parts of the message went out, a later one failed.',
    remedy: 'Send the rest again.',
    retryable: false,
  },
  CHANNEL_RETRIES_USED_UP: {
    status: 'unavailable',
    meaning: 'The platform kept refusing for the moment until the tries were used up.',
    remedy: 'Send it again later; look at the platform code.',
  },
  CHANNEL_ANSWER_LOST: {
    status: 'deadline_exceeded',
    meaning: 'The platform did not answer, or the process died during the call: the message may have gone out.',
    remedy: 'Ask the customer, or send it again knowingly.',
    retryable: false,
  },
  CHANNEL_NO_HOLD: {
    status: 'unimplemented',
    meaning: 'The channel has no hold.',
    remedy: 'Offer hold only on voice contacts.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this package. */
export const channelError = errorsOf(channelErrors);
