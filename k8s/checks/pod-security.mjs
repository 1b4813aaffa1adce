import { isService, podOf, titleOf } from './overlays.mjs';

/*
 * Kubernetes, "Pod Security Standards", level `restricted` (which includes `baseline`), as far as a pod here can break it.
 * Each rule gives what is wrong with a pod, or nothing.
 */
const volumeKinds = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']);
const containersOf = (pod) => [...(pod.initContainers ?? []), ...pod.containers];
const eachContainer = (pod, isFine, fault) => containersOf(pod).flatMap((container) => (isFine(container.securityContext ?? {}, pod.securityContext ?? {}, container) ? [] : [`${container.name}: ${fault}`]));

const restrictedRules = {
  'host namespaces': (pod) => ['hostNetwork', 'hostPID', 'hostIPC'].filter((name) => pod[name] === true),
  'host ports': (pod) => containersOf(pod).flatMap(({ name, ports = [] }) => ports.filter(({ hostPort }) => hostPort > 0).map(({ hostPort }) => `${name}: hostPort ${hostPort}`)),
  'volume kinds': (pod) => (pod.volumes ?? []).flatMap(({ name, ...kinds }) => Object.keys(kinds).filter((kind) => !volumeKinds.has(kind)).map((kind) => `volume ${name}: ${kind}`)),
  privileged: (pod) => eachContainer(pod, ({ privileged }) => privileged !== true, 'privileged'),
  'privilege escalation': (pod) => eachContainer(pod, ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation === false, 'allowPrivilegeEscalation is not false'),
  'non-root': (pod) => eachContainer(pod, (own, shared) => (own.runAsNonRoot ?? shared.runAsNonRoot) === true && (own.runAsUser ?? shared.runAsUser) !== 0, 'may run as root'),
  seccomp: (pod) => eachContainer(pod, (own, shared) => ['RuntimeDefault', 'Localhost'].includes((own.seccompProfile ?? shared.seccompProfile)?.type), 'no seccomp profile'),
  capabilities: (pod) =>
    eachContainer(pod, ({ capabilities = {} }) => (capabilities.drop ?? []).includes('ALL') && (capabilities.add ?? []).every((name) => name === 'NET_BIND_SERVICE'), 'does not drop ALL, or adds some'),
  'proc mount, SELinux, sysctls': (pod) => [
    ...eachContainer(pod, ({ procMount = 'Default', seLinuxOptions }) => procMount === 'Default' && seLinuxOptions === undefined, 'procMount or SELinux options'),
    ...(pod.securityContext?.sysctls ?? []).map(({ name }) => `sysctl ${name}`),
  ],
};

/** Not of the standard, but ours, for services: nothing is written beside the volumes, no token lies about. */
const houseRules = {
  'read-only root': (pod) => eachContainer(pod, ({ readOnlyRootFilesystem }) => readOnlyRootFilesystem === true, 'may write to its root file system'),
  'no token': (pod) => (pod.automountServiceAccountToken === false ? [] : ['gets a token of the cluster']),
  'no service links': (pod) => (pod.enableServiceLinks === false ? [] : ['Services become environment variables, which may be settings']),
};

/** What a namespace's level lets its pods do: the voice gateway's lets it have the network of its node, and no more. */
const privilegedNamespace = { 'patchbay-voice': ['host namespaces', 'host ports'] };

/** Every pod keeps to `restricted`, and every namespace that needs no more enforces it. */
export async function checkPodSecurity(report, { name, resources, workloads }) {
  const levels = Object.fromEntries(resources.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => [metadata.name, metadata.labels['pod-security.kubernetes.io/enforce']]));
  await report.check(`${name}: ${workloads.length} workloads keep to Pod Security level restricted`, () =>
    workloads.flatMap((workload) => {
      const { namespace } = workload.metadata;
      const allowed = levels[namespace] === 'privileged' ? (privilegedNamespace[namespace] ?? []) : [];
      const rules = { ...restrictedRules, ...(isService(workload) ? houseRules : {}) };
      const broken = Object.entries(rules).filter(([rule]) => !allowed.includes(rule));
      return broken.flatMap(([rule, find]) => find(podOf(workload)).map((fault) => `${titleOf(workload)}: ${rule}: ${fault}`));
    }),
  );
  await report.check(`${name}: namespaces enforce it`, () =>
    Object.entries(levels).flatMap(([namespace, level]) => (level === 'restricted' || privilegedNamespace[namespace] !== undefined ? [] : [`${namespace} enforces ${level ?? 'nothing'}`])),
  );
}

/** One change for each rule that it must find; a rule that finds nothing would pass everything. */
const breaches = {
  'host namespaces': (pod) => void (pod.hostNetwork = true),
  'host ports': (pod) => void (pod.containers[0].ports = [{ hostPort: 80 }]),
  'volume kinds': (pod) => void (pod.volumes = [{ name: 'host', hostPath: { path: '/' } }]),
  privileged: (pod) => void (pod.containers[0].securityContext.privileged = true),
  'privilege escalation': (pod) => void delete pod.containers[0].securityContext.allowPrivilegeEscalation,
  'non-root': (pod) => void (pod.containers[0].securityContext.runAsUser = 0),
  seccomp: (pod) => void delete pod.securityContext.seccompProfile,
  capabilities: (pod) => void (pod.containers[0].securityContext.capabilities.add = ['NET_ADMIN']),
  'proc mount, SELinux, sysctls': (pod) => void (pod.securityContext.sysctls = [{ name: 'kernel.msgmax' }]),
  'read-only root': (pod) => void delete pod.containers[0].securityContext.readOnlyRootFilesystem,
  'no token': (pod) => void delete pod.automountServiceAccountToken,
  'no service links': (pod) => void (pod.enableServiceLinks = true),
};

/** The rules find what breaks them. */
export async function checkRules(report, { workloads }) {
  const sound = podOf(workloads.find(({ metadata }) => metadata.name === 'routing'));
  const rules = { ...restrictedRules, ...houseRules };
  await report.check(`each of ${Object.keys(rules).length} rules for pods finds a pod that breaks it`, () =>
    Object.entries(rules).flatMap(([rule, find]) => {
      const pod = structuredClone(sound);
      breaches[rule](pod);
      return find(pod).length === 0 ? [`${rule} finds nothing`] : [];
    }),
  );
}
