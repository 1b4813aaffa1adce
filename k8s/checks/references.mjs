import { podOf, titleOf } from './overlays.mjs';

const matches = (selector, labels) => Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value);

/** ConfigMaps, Secrets and keys that a pod names, as `[kind, name, key]`; a key is absent when all are taken. */
function namedBy(pod) {
  const ofContainers = pod.containers.flatMap(({ env = [], envFrom = [] }) => [
    ...env.flatMap(({ valueFrom = {} }) => [
      ...(valueFrom.configMapKeyRef ? [['ConfigMap', valueFrom.configMapKeyRef.name, valueFrom.configMapKeyRef.key]] : []),
      ...(valueFrom.secretKeyRef ? [['Secret', valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key]] : []),
    ]),
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [...(configMapRef ? [['ConfigMap', configMapRef.name]] : []), ...(secretRef ? [['Secret', secretRef.name]] : [])]),
  ]);
  const ofVolumes = (pod.volumes ?? []).flatMap(({ configMap, secret }) => [...(configMap ? [['ConfigMap', configMap.name]] : []), ...(secret ? [['Secret', secret.secretName]] : [])]);
  return [...ofContainers, ...ofVolumes];
}

/** Whatever a resource names is there, in its namespace. */
export async function checkReferences(report, { name, resources, workloads, secrets }) {
  const inNamespace = (kind, namespace) => resources.filter((resource) => resource.kind === kind && resource.metadata.namespace === namespace);
  const tlsSecrets = resources.filter(({ kind }) => kind === 'Ingress').flatMap(({ spec }) => spec.tls.map(({ secretName }) => secretName));

  await report.check(`${name}: ConfigMaps, Secrets, keys and accounts that pods name are there`, () =>
    workloads.flatMap((workload) => {
      const { namespace } = workload.metadata;
      const there = [...resources, ...secrets].filter(({ metadata }) => metadata.namespace === namespace);
      const missing = namedBy(podOf(workload)).filter(([kind, wanted, key]) => {
        // Certificates are made by whoever makes certificates, cert-manager for one.
        if (kind === 'Secret' && (wanted === 'api-tls' || tlsSecrets.includes(wanted))) return false;
        const found = there.find((resource) => resource.kind === kind && resource.metadata.name === wanted);
        return found === undefined || (key !== undefined && (found.data ?? found.stringData)?.[key] === undefined);
      });
      const { serviceAccountName } = podOf(workload);
      const account = inNamespace('ServiceAccount', namespace).some(({ metadata }) => metadata.name === serviceAccountName);
      return [...missing.map((words) => `${titleOf(workload)} names ${words.join(' ')}`), ...(account ? [] : [`${titleOf(workload)} has no account ${serviceAccountName}`])];
    }),
  );

  await report.check(`${name}: Services, budgets, policies and autoscalers point at pods, and at ports that these have`, () =>
    resources.flatMap((resource) => {
      const { kind, metadata, spec } = resource;
      const pods = workloads.filter((workload) => workload.metadata.namespace === metadata.namespace);
      const labelsOf = (workload) => workload.spec.template.metadata.labels;
      if (kind === 'HorizontalPodAutoscaler') {
        return pods.some((workload) => workload.kind === spec.scaleTargetRef.kind && workload.metadata.name === spec.scaleTargetRef.name) ? [] : [`${titleOf(resource)} scales nothing`];
      }
      const selector = { Service: spec?.selector, PodDisruptionBudget: spec?.selector?.matchLabels, NetworkPolicy: spec?.podSelector?.matchLabels }[kind];
      if (!['Service', 'PodDisruptionBudget', 'NetworkPolicy'].includes(kind)) return [];
      const selected = pods.filter((workload) => matches(selector, labelsOf(workload)));
      if (selected.length === 0) return [`${titleOf(resource)} selects no pod`];
      const wanted = kind === 'Service' ? spec.ports.map(({ targetPort }) => targetPort) : kind === 'NetworkPolicy' ? (spec.ingress ?? []).flatMap(({ ports = [] }) => ports.map(({ port }) => port)) : [];
      const named = new Set(selected.flatMap((workload) => podOf(workload).containers.flatMap(({ ports = [] }) => ports.map((port) => port.name))));
      return wanted.filter((port) => typeof port === 'string' && !named.has(port)).map((port) => `${titleOf(resource)} names the port ${port}`);
    }),
  );
}
