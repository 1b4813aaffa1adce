import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of the demo. */
export const demoErrors = {
  DEMO_NO_ANSWER: { status: 'deadline_exceeded', meaning: 'A simulated customer waited for an answer in vain.', remedy: 'See whether agents are ready and the channel\'s service is up.' },
  DEMO_NOT_TAKEN: { status: 'unavailable', meaning: 'The centre did not take what a simulated customer sent.', remedy: 'See the log of the channel\'s service.' },
  DEMO_CENTRE_REFUSED: { status: 'invalid_argument', meaning: 'The directory refused the demo centre.', remedy: 'Correct deploy/demo/centre.yaml; the faults are in the details.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of the demo. */
export const demoError = errorsOf(demoErrors);
