import type { ContactView } from '../../../src/domain/views.ts';

/** Why a call is made or comes: a call-back grew out of a call in which nobody was free, or out of the message left in it. */
export type CallKind = 'call' | 'callBack' | 'voicemail';

export function callKind(contact: ContactView | undefined): CallKind {
  if (contact?.direction !== 'outbound') return 'call';
  return contact.attributes.some(({ name, value }) => name === 'call_back' && value === 'voicemail') ? 'voicemail' : 'callBack';
}
