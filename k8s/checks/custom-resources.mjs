import { PodMonitor, PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { titleOf } from './overlays.mjs';

const models = { PodMonitor, PrometheusRule };

/** Resources of the Prometheus operator fit its models. */
export async function checkCustomResources(report, { name, resources }) {
  const found = resources.filter(({ apiVersion }) => apiVersion.startsWith('monitoring.coreos.com/'));
  if (found.length === 0) return;
  await report.check(`${name}: ${found.length} custom resources fit their models`, () =>
    found.flatMap((resource) => {
      const Model = models[resource.kind];
      if (Model === undefined) return [`${titleOf(resource)}: no model`];
      try {
        new Model(resource).validate();
        return [];
      } catch (error) {
        return [`${titleOf(resource)}: ${error.message}`];
      }
    }),
  );
}
