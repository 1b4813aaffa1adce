const mostReferences = 20;

/** Subject of an answer: `Re: ` once, whatever the mail programs on the way put before it. */
export function replySubject(subject: string): string {
  const plain = subject.replace(/^((re|aw|sv|antw|回复|答复|回覆)(\[\d+\])?\s*[:：]\s*)+/i, '').trim();
  return `Re: ${plain === '' ? '(no subject)' : plain}`;
}

/** References of an answer (RFC 5322 section 3.6.4): all ids of the thread, or the first and the newest when there are many. */
export function referencesFor(messageIds: readonly string[]): string[] {
  const ids = messageIds.filter((id) => /^<[^<>\s]+>$/.test(id));
  const [first] = ids;
  return first === undefined || ids.length <= mostReferences ? [...ids] : [first, ...ids.slice(1 - mostReferences)];
}
