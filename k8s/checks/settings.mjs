import { isService, podOf, titleOf } from './overlays.mjs';
import { readSettings, serviceNames, serviceOfImage, unreadNames } from './services.mjs';

const defaultStopLimitMs = 20_000;
/** Between the end of the longest drain and the kill. */
const endMs = 5_000;

/** Environment of a container with references resolved; what only a node knows is an address. */
function environmentOf(workload, { resources, secrets }) {
  const { namespace } = workload.metadata;
  const valuesOf = (kind, name) => {
    const found = [...resources, ...secrets].find((resource) => resource.kind === kind && resource.metadata.name === name && resource.metadata.namespace === namespace);
    return found?.data ?? found?.stringData ?? {};
  };
  const [{ env = [], envFrom = [] }] = podOf(workload).containers;
  const shared = envFrom.map(({ configMapRef }) => valuesOf('ConfigMap', configMapRef.name));
  const own = env.map(({ name, value, valueFrom = {} }) => {
    const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom;
    if (configMapKeyRef) return [name, valuesOf('ConfigMap', configMapKeyRef.name)[configMapKeyRef.key]];
    if (secretKeyRef) return [name, valuesOf('Secret', secretKeyRef.name)[secretKeyRef.key]];
    return [name, fieldRef ? '10.0.0.1' : value];
  });
  return Object.assign({}, ...shared, Object.fromEntries(own));
}

const portsOf = (pod) => pod.containers.flatMap(({ ports = [] }) => ports);

/** Ports of the container are those of the settings; RTP is a range that no container can list. */
function portFaults(workload, environment, settings) {
  const listed = new Set(portsOf(podOf(workload)).map(({ containerPort }) => containerPort));
  const wanted = new Map([...settings].filter(([name]) => !name.startsWith('VOICE_RTP_')));
  wanted.set('PATCHBAY_HEALTH_PORT', Number(environment.PATCHBAY_HEALTH_PORT));
  return [
    ...[...wanted].filter(([, port]) => !listed.has(port)).map(([name, port]) => `${titleOf(workload)}: ${name} is ${port}, which is no port of the container`),
    ...[...listed].filter((port) => ![...wanted.values()].includes(port)).map((port) => `${titleOf(workload)}: nothing listens on port ${port}`),
  ];
}

/** The kill comes after preStop, the longest drain and a little more; a drain of its own ends before the general limit. */
function drainFaults(workload, environment) {
  const pod = podOf(workload);
  const graceMs = (pod.terminationGracePeriodSeconds ?? 30) * 1000;
  const preStopMs = (pod.containers[0].lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
  const stopMs = Number(environment.PATCHBAY_STOP_LIMIT_MS ?? defaultStopLimitMs);
  const drains = Object.entries(environment).filter(([name]) => /_DRAIN(_LIMIT)?_MS$/.test(name));
  return [
    ...(preStopMs > 0 ? [] : [`${titleOf(workload)} drains before its neighbours know`]),
    ...(graceMs >= preStopMs + stopMs + endMs ? [] : [`${titleOf(workload)} is killed after ${graceMs} ms, but may take ${preStopMs + stopMs + endMs}`]),
    ...drains.filter(([, value]) => Number(value) >= stopMs).map(([name, value]) => `${titleOf(workload)}: ${name} ${value} is over PATCHBAY_STOP_LIMIT_MS ${stopMs}`),
  ];
}

/** What the manifests set is what the services read: names, values, ports and time to drain. */
export async function checkSettings(report, overlay, { settings }) {
  const services = overlay.workloads.filter(isService).map((workload) => ({
    workload,
    service: serviceOfImage(podOf(workload).containers[0].image),
    environment: environmentOf(workload, overlay),
  }));
  const ofAll = async (find) => (await Promise.all(services.map(find))).flat();

  await report.check(`${overlay.name}: all ${serviceNames.length} services are deployed, once each`, () => {
    const deployed = services.map(({ service }) => service).sort();
    return deployed.join() === serviceNames.join() ? [] : [`deployed: ${deployed.join(', ')}`, `in services/: ${serviceNames.join(', ')}`];
  });
  await report.check(`${overlay.name}: every setting is one that its service reads`, () =>
    ofAll(({ workload, service, environment }) => unreadNames(environment, settings.get(service) ?? new Set()).map((name) => `${titleOf(workload)}: ${name}`)),
  );
  await report.check(`${overlay.name}: every service takes the values of its settings`, () =>
    ofAll(async ({ workload, service, environment }) => (await readSettings(service, environment)).faults.map((fault) => `${titleOf(workload)}: ${fault}`)),
  );
  await report.check(`${overlay.name}: ports of containers are those that the services listen on`, () =>
    ofAll(async ({ workload, service, environment }) => portFaults(workload, environment, (await readSettings(service, environment)).ports)),
  );
  await report.check(`${overlay.name}: no service is killed while it may still drain`, () => ofAll(({ workload, environment }) => drainFaults(workload, environment)));
}
