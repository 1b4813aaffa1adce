import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { createSecrets } from '../secrets.mjs';
import { root } from './report.mjs';

/** Arguments of `k8s/secrets.mjs` for each overlay. */
const secretOptions = {
  dev: { namespace: 'patchbay-dev' },
  production: { namespace: 'patchbay', voiceNamespace: 'patchbay-voice', databaseUrl: 'postgres://crm:secret@db.example.com:5432/crm' },
};

/** Kinds that run pods. */
export const workloadKinds = ['Deployment', 'StatefulSet'];

/** Builds each overlay; gives name, file, resources, workloads and the Secrets of those that could be built. */
export async function renderOverlays(report, tools) {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-k8s-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const overlays = [];
  for (const [name, options] of Object.entries(secretOptions)) {
    await report.check(`${name}: kustomize builds it`, async () => {
      const { ok, text } = await tools.kustomize(['build', join(root, 'k8s/overlays', name)]);
      if (!ok) return [text];
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, text);
      const resources = parseAllDocuments(text).map((document) => document.toJS());
      const workloads = resources.filter(({ kind }) => workloadKinds.includes(kind));
      overlays.push({ name, file, resources, workloads, secrets: createSecrets(options) });
      return [];
    });
  }
  return overlays;
}

/** Name of a workload or other resource for a person. */
export const titleOf = ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`;

/** The pod template of a workload. */
export const podOf = (workload) => workload.spec.template.spec;

/** Whether it is a service of Patchbay, not a server it leans on. */
export const isService = (workload) => workload.metadata.labels?.['app.kubernetes.io/part-of'] === 'patchbay';
