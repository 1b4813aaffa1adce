import type { EntryPointView } from './channel-adapter.ts';

/** What the system tells a customer. */
export type SystemTextKey = 'text.refused.hours' | 'text.refused.full' | 'text.refused' | 'text.expired' | 'text.closing' | 'text.surge' | 'text.message' | 'text.message.hours' | 'text.message.call_back' | 'text.message.taken' | 'text.message.letter';

const built: Readonly<Record<SystemTextKey, { zh: string; en: string } | undefined>> = {
  'text.refused.hours': { zh: '现在不在服务时间，请在工作时间再联系我们。', en: 'We are closed now. Please write to us again during opening hours.' },
  'text.refused.full': { zh: '当前排队人数较多，请稍后再试。', en: 'All places in the queue are taken. Please try again in a while.' },
  'text.refused': { zh: '暂时无法为您安排客服，请稍后再试。', en: 'We cannot take your request at the moment. Please try again later.' },
  'text.expired': { zh: '抱歉让您久等，目前没有空闲的客服。请稍后再联系我们。', en: 'Sorry that you waited: nobody is free at the moment. Please write to us again later.' },
  'text.closing': undefined,
  'text.surge': { zh: '当前咨询人数较多，等待时间可能较长，请您耐心等候。', en: 'Far more people than usual are writing to us: you may have to wait longer.' },
  'text.message': { zh: '抱歉，目前没有空闲的客服。请直接在这里留言，客服会尽快回复您。', en: 'Sorry, nobody is free at the moment. Please leave a message here: we will answer it as soon as we can.' },
  'text.message.hours': { zh: '现在不在服务时间。请直接在这里留言，客服上班后会回复您。', en: 'We are closed now. Please leave a message here: we will answer it when we are back.' },
  'text.message.call_back': { zh: '抱歉，目前没有空闲的客服。请留下您的电话号码和需要咨询的问题，客服会尽快联系您。', en: 'Sorry, nobody is free at the moment. Please leave your phone number and what it is about: we will get back to you as soon as we can.' },
  'text.message.taken': { zh: '您的留言已收到，客服会尽快在这里回复您。', en: 'Thank you, we have your message and will answer it here.' },
  'text.message.letter': undefined,
};

function inBoth(zh: string | undefined, en: string | undefined): string | undefined {
  const lines = [zh, en].filter((line) => line !== undefined && line !== '');
  return lines.length === 0 ? undefined : lines.join('\n');
}

/**
 * A text of the entry point's settings (`<key>.zh-CN`, `<key>.en`, `<key>`), else the kit's own; undefined when there is
 * none.
 * @param language language tag of the customer; both languages, Chinese first, when it is not known
 */
export function systemText(entry: Pick<EntryPointView, 'settings'> | undefined, key: SystemTextKey, language: string | undefined): string | undefined {
  const settings = entry?.settings ?? {};
  const zh = settings[`${key}.zh-CN`];
  const en = settings[`${key}.en`];
  const plain = settings[key];
  const wantsZh = language?.toLowerCase().startsWith('zh');
  if (wantsZh === undefined) return inBoth(zh, en) ?? plain ?? inBoth(built[key]?.zh, built[key]?.en);
  if (wantsZh) return zh ?? plain ?? en ?? built[key]?.zh;
  return en ?? plain ?? zh ?? built[key]?.en;
}
