import { expect, test } from '@jest/globals';
import { createArgon2Hasher } from './argon2-hasher.ts';

test('a password is kept as argon2id, and only that password has the hash', async () => {
  const hasher = createArgon2Hasher();
  const hash = await hasher.hash('correct horse battery');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hasher.hash('correct horse battery')).not.toBe(hash);
  expect(await hasher.verify(hash, 'correct horse battery')).toBe(true);
  expect(await hasher.verify(hash, 'correct horse batterx')).toBe(false);
});

test('more passwords at once than may wait are turned away, the others are checked', async () => {
  const hasher = createArgon2Hasher({ atOnce: 1, waiting: 2 });
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.hash('a password')));
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
  expect((outcomes[4] as PromiseRejectedResult).reason).toMatchObject({ code: 'DIRECTORY_BUSY', retryable: true });
  await hasher.hash('again');
});
