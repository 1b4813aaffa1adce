import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of the demo. */
export const demoErrors = {
  DEMO_NO_ANSWER: { status: 'deadline_exceeded', meaning: 'A simulated customer waited for an answer in vain.', remedy: 'See whether agents are ready and the channel\'s service is up.' },
  DEMO_NOT_TAKEN: { status: 'unavailable', meaning: 'The centre did not take what a simulated customer sent.', remedy: 'See the log of the channel\'s service.' },
  DEMO_CALL_FAILED: { status: 'unavailable', meaning: 'A phone of the demo could not have its call.', remedy: 'See the log of voice-gateway; the SIP status is in the details.' },
  DEMO_HUNG_UP: { status: 'cancelled', meaning: 'A simulated caller lost patience in the queue and hung up.', remedy: 'None: some do.' },
  DEMO_NO_VOICE: { status: 'internal', meaning: 'A phrase has no sound.', remedy: 'Run deploy/demo/voices/make.mjs after a change of the texts.' },
  DEMO_CENTRE_REFUSED: { status: 'invalid_argument', meaning: 'The directory refused the demo centre.', remedy: 'Correct deploy/demo/centre.yaml; the faults are in the details.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of the demo. */
export const demoError = errorsOf(demoErrors);
