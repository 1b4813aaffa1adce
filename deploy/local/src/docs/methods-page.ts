import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot, type DocGenerator } from './generator.ts';

const moduleOf = async <Module>(file: string) => (await import(pathToFileURL(join(projectRoot, 'services/api/src', file)).href)) as Module;

/** Who may call what over gRPC, rendered by the gateway from the table that decides it. */
export const methodsPage: DocGenerator = {
  file: 'docs/reference/api.md',
  async generate() {
    const { renderMethodPage } = await moduleOf<{ renderMethodPage(services: unknown): string }>('method-page.ts');
    const { servedServices } = await moduleOf<{ servedServices: unknown }>('method-table.ts');
    return renderMethodPage(servedServices);
  },
};
