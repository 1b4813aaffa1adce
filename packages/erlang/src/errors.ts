import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of packages/erlang. */
export const erlangErrors = {
  ERLANG_BAD_INPUT: {
    status: 'invalid_argument',
    meaning: 'A figure of the traffic, the staff or the target is outside its range.',
    remedy: 'Correct the figure named in the details; the doc comment of the function gives its range.',
  },
  ERLANG_OUT_OF_REACH: {
    status: 'out_of_range',
    meaning: 'No number of agents up to the limit reaches the target.',
    remedy: 'Ask for less than the whole, or split the traffic.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this package. */
export const erlangError = errorsOf(erlangErrors);
