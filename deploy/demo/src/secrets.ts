import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Secrets of one demo centre, made once and kept in `<home>/demo.json` (mode 0600). */
export interface DemoSecrets {
  /** Password of the demo users and phones. */
  password: string;
  wechatToken: string;
  wechatAesKey: string;
  wechatSecret: string;
}

/** Letters and digits that cannot be taken for one another. */
function readablePassword(): string {
  const signs = 'abcdefghjkmnpqrstuvwxyz23456789';
  return [...randomBytes(12)].map((byte) => signs[byte % signs.length]).join('');
}

/** Reads the secrets, making them the first time. */
export async function readDemoSecrets(file: string): Promise<DemoSecrets> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DemoSecrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const secrets: DemoSecrets = {
    password: readablePassword(),
    wechatToken: randomBytes(12).toString('hex'),
    wechatAesKey: randomBytes(32).toString('base64').slice(0, 43),
    wechatSecret: randomBytes(16).toString('hex'),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
  return secrets;
}
