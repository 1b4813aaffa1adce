import { join } from 'node:path';
import { runCommand } from '@patchbay/local/run-command';
import { projectRoot } from '@patchbay/local/stack/stack';
import { eventually } from '@patchbay/testkit/eventually';

/** The `patchbay` command as a process of its own, beside a running stack whose first admin it signs in as. */
export interface PatchbayCommand {
  /** Runs it to its end; gives what it printed. */
  run(...args: string[]): Promise<string>;
  /** With `--json`, read. */
  ask<Answer>(...args: string[]): Promise<Answer>;
  /** Facts of a contact in order, once it is closed. */
  closedStory(contactId: string): Promise<ContactStory>;
  /** The same, once it was scored too. */
  finishedStory(contactId: string): Promise<ContactStory>;
  /** Rows of a statement. */
  rows(sql: string): Promise<unknown[][]>;
}

/** What `contacts get` says, as far as tests look at it. */
export interface ContactStory {
  contact: { contactId: string; conversationId: string; channel: string; status: string; outcome: string; summary?: string; disposition?: string; messageCount?: number };
  facts: { eventId: string; type: string; sequence: string; json: string }[];
}

const closeMs = 40_000;

/** The command for the stack whose state lies in a folder. */
export function createPatchbayCommand(home: string): PatchbayCommand {
  const env = { PATCHBAY_HOME: home, PATCHBAY_API: '', PATCHBAY_API_KEY: '', PATCHBAY_TOKEN: '', NODE_OPTIONS: '' };
  const run = (...args: string[]) => runCommand(process.execPath, [join(projectRoot, 'services/api/bin/patchbay.mjs'), ...args], { cwd: projectRoot, env, timeoutMs: 60_000 });
  const ask = async <Answer>(...args: string[]) => JSON.parse(await run(...args, '--json')) as Answer;
  const storyWhen = (contactId: string, what: string, isSo: (story: ContactStory) => boolean) =>
    eventually(
      `contact ${contactId} is ${what}`,
      async () => {
        const story = await ask<ContactStory>('contacts', 'get', contactId);
        return story.contact.status === 'CONTACT_STATUS_CLOSED' && isSo(story) && story;
      },
      closeMs,
    );
  return {
    run,
    ask,
    closedStory: (contactId) => storyWhen(contactId, 'closed', () => true),
    finishedStory: (contactId) => storyWhen(contactId, 'closed and scored', ({ facts }) => facts.some(({ type }) => type === 'patchbay.quality.v1.ContactScored')),
    async rows(sql) {
      return (await ask<{ rowsJson?: string[] }>('sql', sql)).rowsJson?.map((row) => JSON.parse(row) as unknown[]) ?? [];
    },
  };
}
