import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of wechat. Codes of failed messages come from here, too. */
export const wechatErrors = {
  WECHAT_UNKNOWN_ACCOUNT: { status: 'not_found', meaning: 'No WeChat entry point has this app id.', remedy: 'Apply an EntryPoint with channel `wechat` and the app id as address.' },
  WECHAT_NOT_CONFIGURED: { status: 'failed_precondition', meaning: 'A secret of the entry point is missing or has the wrong form.', remedy: 'Set `token`, `encodingAesKey` (43 signs) and `appSecret` as the platform shows them.' },
  WECHAT_BAD_REQUEST: { status: 'invalid_argument', meaning: 'The call-back lacks a parameter or has a body that is not the platform\'s.', remedy: 'Check the URL that is set at the platform; safe mode is needed.' },
  WECHAT_BAD_SIGNATURE: { status: 'unauthenticated', meaning: 'The signature, time or encryption of a call-back is wrong.', remedy: 'Check token, AES key and the clock; otherwise it is not the platform that calls.' },
  WECHAT_TOO_LARGE: { status: 'resource_exhausted', meaning: 'The body of a call-back is over 64 KiB.', remedy: 'None: the platform sends no such body.', retryable: false },
  WECHAT_PLATFORM_BUSY: { status: 'unavailable', meaning: 'The platform is busy or limits the rate.', remedy: 'It is tried again; ask for a higher quota when it goes on.' },
  WECHAT_TOKEN_REFUSED: { status: 'unavailable', meaning: 'The platform refuses the access token or gives none.', remedy: 'Check `appSecret` and the IP white list of the account (40164).' },
  WECHAT_NOT_REACHED: { status: 'unavailable', meaning: 'The platform could not be reached; nothing was sent.', remedy: 'Check the network and `apiBaseUrl`.' },
  WECHAT_ANSWER_LOST: { status: 'unavailable', meaning: 'The answer of the platform was lost: the message may have gone out.', remedy: 'Ask the customer, or send it again knowing that it may come twice.', retryable: false },
  WECHAT_CUSTOMER_UNREACHABLE: { status: 'failed_precondition', meaning: 'The customer does not follow the account any more or blocked it.', remedy: 'Reach the customer another way.' },
  WECHAT_CONTENT_REFUSED: { status: 'invalid_argument', meaning: 'The platform refuses the content: size, kind or safety.', remedy: 'Shorten or change it; the platform code says which.' },
  WECHAT_NO_PERMISSION: { status: 'permission_denied', meaning: 'The account may not use this interface.', remedy: 'Verify the account at the platform, or ask for the permission.' },
  WECHAT_REFUSED: { status: 'failed_precondition', meaning: 'The platform refused the message.', remedy: 'See the platform code in its list of return codes.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of wechat. */
export const wechatError = errorsOf(wechatErrors);
