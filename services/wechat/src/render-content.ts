import type { SendOutcome } from '@patchbay/channel-kit/channel-adapter';
import { MediaKind, type Content, type ObjectRef } from '@patchbay/contracts/message/v1/content';

/** Uploads bytes kept by claim check; its media id, or why the message cannot go out. */
export type Upload = (type: 'image' | 'voice' | 'video', object: ObjectRef) => Promise<{ mediaId: string } | SendOutcome>;

const uploadTypes: Partial<Record<MediaKind, 'image' | 'voice' | 'video'>> = { [MediaKind.IMAGE]: 'image', [MediaKind.AUDIO]: 'voice', [MediaKind.VIDEO]: 'video' };

/** The body of one customer-service message (`/cgi-bin/message/custom/send`), or why there is none. */
export async function renderContent(touser: string, content: Content, upload: Upload): Promise<{ message: Record<string, unknown> } | SendOutcome> {
  const { part } = content;
  switch (part?.$case) {
    case 'text':
      return { message: { touser, msgtype: 'text', text: { content: part.value.text } } };
    case 'choice': {
      const list = part.value.options.map(({ id, label }) => ({ id, content: label }));
      return { message: { touser, msgtype: 'msgmenu', msgmenu: { head_content: part.value.prompt, list, tail_content: '' } } };
    }
    case 'media': {
      const type = uploadTypes[part.value.kind];
      if (type === undefined || part.value.object === undefined) return { kind: 'failed', code: 'WECHAT_CONTENT_REFUSED', retryable: false };
      const uploaded = await upload(type, part.value.object);
      return 'mediaId' in uploaded ? { message: { touser, msgtype: type, [type]: { media_id: uploaded.mediaId } } } : uploaded;
    }
    default:
      return { kind: 'failed', code: 'WECHAT_CONTENT_REFUSED', retryable: false };
  }
}
