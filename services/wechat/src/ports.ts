import type { SendOutcome } from '@patchbay/channel-kit/channel-adapter';
import type { CallBack } from './call-back.ts';

/** One official account at the platform, as an entry point configures it. */
export interface Account {
  appId: string;
  appSecret: string;
  /** Base of the platform's interfaces, e.g. `https://api.weixin.qq.com`. */
  apiBaseUrl: string;
}

/** The platform's interfaces. */
export interface WeChatPlatform {
  /** Sends one customer-service message (客服消息). Never throws: what is not known is `unknown`. */
  sendCustomMessage(account: Account, message: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<SendOutcome>;
  /** Bytes of a media id; undefined when the platform does not give them. */
  fetchMedia(account: Account, mediaId: string, signal: AbortSignal): Promise<{ bytes: Uint8Array; mime: string } | undefined>;
  /** Uploads a picture, sound or film for sending; its media id, good for three days. */
  uploadMedia(account: Account, media: { type: 'image' | 'voice' | 'video'; bytes: Uint8Array; mime: string; name: string }, signal: AbortSignal): Promise<{ mediaId: string } | SendOutcome>;
}

/** What the call-back server hands requests to. */
export interface CallBackReceiver {
  /** Answers the check of the URL with the echo. */
  verify(callBack: CallBack): Promise<string>;
  /** Resolves when the message is durable. */
  receive(callBack: CallBack): Promise<void>;
}

/** The server that the platform calls. */
export interface CallBackServer {
  port: number;
  close(): Promise<void>;
}
