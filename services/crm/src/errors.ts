import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of crm. */
export const crmErrors = {
  CRM_CONTACT_UNKNOWN: { status: 'not_found', meaning: 'The tenant has no such contact.', remedy: 'Check the id; a contact appears here a moment after it starts.' },
  CRM_NOT_ALLOWED: { status: 'permission_denied', meaning: 'The caller may not see or steer this contact.', remedy: 'Ask a team lead, or use the contact that is assigned to you.' },
  CRM_NOT_ASSIGNED: {
    status: 'failed_precondition',
    meaning: 'The contact is not assigned to the agent any more.',
    remedy: 'Reload the contact; somebody else may have it, or it has ended.',
  },
  CRM_CONTACT_ENDED: { status: 'failed_precondition', meaning: 'The contact has ended on its medium.', remedy: 'Finish the wrap-up; a new message of the customer opens a new contact.' },
  CRM_BAD_REQUEST: { status: 'invalid_argument', meaning: 'A field of the request is wrong.', remedy: 'See the details for the field and what it takes.' },
  CRM_BAD_TOKEN: { status: 'invalid_argument', meaning: 'The page or resume token is none of ours.', remedy: 'Use the token of the last answer with the same filter, or none.' },
  RESUME_TOKEN_EXPIRED: { status: 'out_of_range', meaning: 'The resume token is older than can be made up for.', remedy: 'Watch again without a token: a snapshot comes first.' },
  CRM_DATABASE: { status: 'unavailable', meaning: 'PostgreSQL did not answer as it should.', remedy: 'See whether the database is up; projection goes on by itself when it is.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of crm. */
export const crmError = errorsOf(crmErrors);
