import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of email. Codes of failed messages come from here, too. */
export const emailErrors = {
  EMAIL_UNKNOWN_MAILBOX: { status: 'not_found', meaning: 'No e-mail entry point has this address.', remedy: 'Apply an EntryPoint with channel `email` and the mail address as address.' },
  EMAIL_TOO_LARGE: { status: 'invalid_argument', meaning: 'The mail is larger than allowed.', remedy: 'Send a link in place of the attachment, or raise EMAIL_MAX_BYTES.' },
  EMAIL_BROKEN_OFF: { status: 'cancelled', meaning: 'The connection ended in the middle of the mail.', remedy: 'The sender tries again; look at the network when it goes on.' },
  EMAIL_NO_SENDER: { status: 'invalid_argument', meaning: 'The mail names no sender that could be answered.', remedy: 'Send it with one valid From address.' },
  EMAIL_LOOP: { status: 'invalid_argument', meaning: 'The mail went through too many relays, or comes from the mailbox itself.', remedy: 'Look for a forwarding rule that leads back here.' },
  EMAIL_NO_SMARTHOST: { status: 'failed_precondition', meaning: 'The entry point names no smarthost.', remedy: 'Set `smarthostHost` and `smarthostPort` in its settings.' },
  EMAIL_NOT_REACHED: { status: 'unavailable', meaning: 'The smarthost could not be reached; nothing was sent.', remedy: 'Check its address and the network.' },
  EMAIL_DEFERRED: { status: 'unavailable', meaning: 'The smarthost refused the mail for the moment (4xx).', remedy: 'It is tried again; the platform code says why.' },
  EMAIL_REFUSED: { status: 'failed_precondition', meaning: 'The smarthost refused the mail (5xx).', remedy: 'Check the address; the platform code says why.' },
  EMAIL_LOGIN_REFUSED: { status: 'failed_precondition', meaning: 'The smarthost refused user or password.', remedy: 'Correct the secrets `smarthostUser` and `smarthostPassword`.' },
  EMAIL_ANSWER_LOST: { status: 'unavailable', meaning: 'The smarthost took the mail but its answer was lost.', remedy: 'It is sent again under the same Message-ID.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of email. */
export const emailError = errorsOf(emailErrors);
