import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isService, podOf, titleOf } from './overlays.mjs';
import { root } from './report.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Every workload has what it takes to be run with others: account, budget, policy, probes, version. */
export async function checkWhole(report, { name, resources, workloads }) {
  const has = (kind, { metadata }) => resources.some((resource) => resource.kind === kind && resource.metadata.name === metadata.name && resource.metadata.namespace === metadata.namespace);
  const services = workloads.filter(isService);
  await report.check(`${name}: every service has an account and a disruption budget`, () =>
    services.flatMap((workload) => ['ServiceAccount', 'PodDisruptionBudget'].filter((kind) => !has(kind, workload)).map((kind) => `${titleOf(workload)} has no ${kind}`)),
  );
  await report.check(`${name}: every service has its probes on the health port, and liveness asks no broker`, () =>
    services.flatMap((workload) => {
      const [container] = podOf(workload).containers;
      const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe]?.httpGet);
      const wanted = ['/livez', '/livez', '/readyz'];
      return paths.every((probe, index) => probe?.path === wanted[index] && probe?.port === 'health') ? [] : [`${titleOf(workload)}: ${JSON.stringify(paths)}`];
    }),
  );
  await report.check(`${name}: every service runs the image of version ${version}`, () =>
    services.flatMap((workload) => podOf(workload).containers.filter(({ image }) => !image.endsWith(`:${version}`)).map(({ image }) => `${titleOf(workload)}: ${image}`)),
  );
  await report.check(`${name}: every namespace with pods denies what no policy allows`, () => {
    const denied = resources.filter(({ kind, spec }) => kind === 'NetworkPolicy' && Object.keys(spec.podSelector).length === 0 && !spec.ingress && !spec.egress && spec.policyTypes.length === 2);
    const namespaces = new Set(workloads.map(({ metadata }) => metadata.namespace));
    return [...namespaces].filter((namespace) => !denied.some(({ metadata }) => metadata.namespace === namespace)).map((namespace) => `${namespace} lets everything through`);
  });
}
