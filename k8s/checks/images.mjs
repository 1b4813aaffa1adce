import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentProgress } from '../../deploy/local/src/progress.ts';
import { buildPages } from '../../deploy/local/src/stack/pages.ts';
import { buildImageTree } from '../../tests/support/image-tree.ts';
import { root } from './report.mjs';
import { imageNames, settingNames } from './services.mjs';

/**
 * The Dockerfile is sound, and what it makes of each service loads: nothing that a service imports is missing among what
 * is installed for production. Gives the names of the settings of each service, as its image tells them.
 */
export async function checkImages(report, tools) {
  await report.check('Dockerfile: hadolint has nothing to say', async () => {
    const { text } = await tools.hadolint(['--no-color', join(root, 'deploy/docker/Dockerfile')]);
    return text.split('\n').filter((line) => line !== '');
  });
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-images-'));
  const settings = new Map();
  try {
    for (const folderWithPages of ['services/desk', 'services/web-chat']) await buildPages(root, folderWithPages, silentProgress, AbortSignal.timeout(300_000));
    for (const service of imageNames) {
      await report.check(`image of ${service}: loads with what is installed for production`, async () => {
        const tree = await buildImageTree(service, join(folder, service));
        settings.set(service, await settingNames(join(tree, 'service')));
        await rm(join(folder, service), { recursive: true });
        return settings.get(service).size > 0 ? [] : ['it tells no settings'];
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return settings;
}
