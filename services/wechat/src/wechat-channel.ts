import type { ChannelAdapter, ChannelHost, EntryPointView } from '@patchbay/channel-kit/channel-adapter';
import { Capabilities, IdempotentSend, Support } from '@patchbay/contracts/channel/v1/capabilities';
import { deadlineSignal } from '@patchbay/runtime/deadline';
import { openCallBack, verifyUrl, type AccountSecrets, type CallBack } from './call-back.ts';
import type { WeChatLimits } from './config.ts';
import { wechatError } from './errors.ts';
import type { Account, CallBackReceiver, CallBackServer, WeChatPlatform } from './ports.ts';
import { renderContent } from './render-content.ts';
import { decodeMessage, type FetchMedia } from './wire/decode-message.ts';

/** Of the five seconds that the platform waits, so long may fetching media take. */
const mediaFetchMs = 2_000;
/** Open ids are 28 such signs today; the platform does not promise the length. */
const openIdPattern = /^[A-Za-z0-9_-]{1,128}$/;
const defaultApi = 'https://api.weixin.qq.com';

/** What the channel is made of. */
export interface WeChatChannelParts {
  platform: WeChatPlatform;
  limits: WeChatLimits;
  /** Opens the server that the platform calls. */
  listen(receiver: CallBackReceiver): Promise<CallBackServer>;
}

function manifestOf(limits: WeChatLimits): ChannelAdapter['manifest'] {
  const kinds = (names: readonly string[], support: Support) => names.map((kind) => ({ kind, support }));
  return {
    channel: 'wechat',
    identityType: 'wechat_openid',
    capabilities: Capabilities.fromPartial({
      channel: 'wechat',
      kinds: [...kinds(['text', 'choice'], Support.NATIVE), ...kinds(['html', 'link', 'location', 'media', 'choiceReply'], Support.DEGRADED)],
      maxTextBytes: limits.maxTextBytes,
      maxOptions: limits.maxOptions,
      // A customer-service message has no key: after a lost answer nobody can say whether it went out.
      idempotentSend: IdempotentSend.NONE,
      windowMessages: limits.windowMessages,
      windowSeconds: BigInt(limits.windowSeconds),
      labels: { en: 'WeChat', 'zh-CN': '微信' },
    }),
    grouping: 'each',
    indexMessages: false,
    conversationGapMs: 48 * 3_600_000,
    sending: { attemptMs: 8_000, maxAttempts: 5, backoff: { firstMs: 500, limitMs: 20_000 }, perSecond: limits.perSecond },
    windowGrant(message) {
      const { part } = message.content[0] ?? {};
      // A click on the menu, following or scanning opens a short window; a message a long one (公众号客服消息下发规则).
      const isEvent = part?.$case === 'system' || (part?.$case === 'choiceReply' && message.platformMessageId.startsWith('e|'));
      if (!isEvent) return { trigger: 'message', messages: limits.windowMessages, durationMs: limits.windowSeconds * 1_000 };
      const opens = part?.$case === 'choiceReply' || ['subscribe', 'scan'].includes(part?.$case === 'system' ? part.value.code : '');
      return opens ? { trigger: 'event', messages: limits.eventWindowMessages, durationMs: limits.eventWindowSeconds * 1_000 } : undefined;
    },
  };
}

/** The WeChat official account as a channel. */
export function createWeChatChannel({ platform, limits, listen }: WeChatChannelParts): ChannelAdapter<CallBack> {
  let host: ChannelHost<CallBack>;
  let server: CallBackServer | undefined;

  function entryPointOf(appId: string): EntryPointView {
    const entryPoint = host.entryPoint(appId);
    if (entryPoint === undefined) throw wechatError('WECHAT_UNKNOWN_ACCOUNT');
    return entryPoint;
  }

  async function secretsOf(entryPoint: EntryPointView): Promise<Readonly<Record<string, string>>> {
    const secrets = await host.secrets(entryPoint);
    for (const secret of ['token', 'encodingAesKey', 'appSecret']) if (!secrets[secret]) throw wechatError('WECHAT_NOT_CONFIGURED', { details: { secret } });
    return secrets;
  }

  async function accountOf(entryPoint: EntryPointView): Promise<Account> {
    const { appSecret = '' } = await secretsOf(entryPoint);
    return { appId: entryPoint.address, appSecret, apiBaseUrl: entryPoint.settings['apiBaseUrl'] ?? defaultApi };
  }

  const fetcher =
    (entryPoint: EntryPointView): FetchMedia =>
    async (mediaId) => {
      try {
        const media = await platform.fetchMedia(await accountOf(entryPoint), mediaId, deadlineSignal(mediaFetchMs));
        return media === undefined ? undefined : await host.storeObject(entryPoint.tenant, media.bytes, { mime: media.mime });
      } catch (error) {
        host.log.warn('media was not fetched', { error, entryPoint: entryPoint.name });
        return undefined;
      }
    };

  return {
    manifest: manifestOf(limits),
    async start(given) {
      host = given;
      server = await listen({
        verify: async (callBack) => verifyUrl(callBack, (await secretsOf(entryPointOf(callBack.appId))) as unknown as AccountSecrets),
        receive: async (callBack) => void (await host.deliver(callBack)),
      });
    },
    async decode(callBack) {
      const entryPoint = entryPointOf(callBack.appId);
      const fields = openCallBack(callBack, (await secretsOf(entryPoint)) as unknown as AccountSecrets, host.clock);
      if (!openIdPattern.test(fields['FromUserName'] ?? '')) throw wechatError('WECHAT_BAD_REQUEST', { details: { field: 'FromUserName' } });
      if (!fields['MsgType']) throw wechatError('WECHAT_BAD_REQUEST', { details: { field: 'MsgType' } });
      return [await decodeMessage(fields, entryPoint.address, fetcher(entryPoint))];
    },
    async send({ contact, content, signal }) {
      const entryPoint = host.entryPointByName(contact.tenant, contact.entryPoint);
      const [part] = content;
      if (entryPoint === undefined || part === undefined) return { kind: 'failed', code: 'WECHAT_UNKNOWN_ACCOUNT', retryable: false };
      const account = await accountOf(entryPoint);
      const rendered = await renderContent(contact.customer.address, part, async (type, object) =>
        platform.uploadMedia(account, { type, bytes: await host.loadObject(object), mime: object.mime, name: object.name || type }, signal),
      );
      return 'message' in rendered ? platform.sendCustomMessage(account, rendered.message, signal) : rendered;
    },
    async stop() {
      await server?.close();
    },
  };
}
