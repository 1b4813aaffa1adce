import type { CustomerView } from '../../../src/domain/views.ts';
import { maskAddress } from '../format.ts';
import type { Translate } from '../i18n.ts';
import type { TextKey } from '../locales/zh-cn.ts';

/** Kinds of address that mean nothing to people: ids of a browser, of an account on a platform. */
const opaqueNames: Readonly<Record<string, TextKey>> = { visitor: 'customer.visitor', wechat_openid: 'customer.wechat' };

/** Name of a customer: the channel's, else what the address is with its last letters, else the masked address. */
export function nameOfCustomer({ type, address, displayName }: Pick<CustomerView, 'type' | 'address' | 'displayName'>, t: Translate): string {
  const opaque = opaqueNames[type];
  if (displayName !== '') return displayName;
  if (opaque !== undefined && address !== '') return t(opaque, { tail: address.slice(-4) });
  return maskAddress(address) || t('conversation.anonymous');
}

/** Name with the number, once: many centres have the number in the name. */
export function nameWithNumber(name: string, agentNo: string): string {
  return name.includes(agentNo) ? name : `${name} ${agentNo}`.trim();
}
