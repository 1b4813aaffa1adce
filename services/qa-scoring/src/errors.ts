import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of services/qa-scoring. */
export const qaErrors = {
  QA_BAD_RULE_SET: {
    status: 'invalid_argument',
    meaning: 'The definition of a rule set is wrong, or a rule fails its own tests; every fault is listed. Scoring goes on with its last good revision, or with the built-in rules.',
    remedy: 'Correct the RuleSet resource at the places named and apply it again.',
  },
  QA_BAD_TRANSCRIPT: {
    status: 'invalid_argument',
    meaning: 'A transcript is no array of turns in protobuf JSON form, or is longer than the limit.',
    remedy: 'See what wrote it; replay the dead letter once the object is right.',
  },
  QA_BAD_AUDIO: {
    status: 'invalid_argument',
    meaning: 'A recording is no 16-bit stereo WAV file.',
    remedy: 'See what wrote it; replay the dead letter once the object is right.',
  },
  QA_FORBIDDEN: {
    status: 'permission_denied',
    meaning: 'The caller may not see these scores.',
    remedy: 'Agents see scores of their own contacts; ask for the role qa, trainer, team_lead, manager or admin.',
  },
  QA_BAD_REQUEST: {
    status: 'invalid_argument',
    meaning: 'The request names no contact.',
    remedy: 'Give the id of a contact.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this service. */
export const qaError = errorsOf(qaErrors);
