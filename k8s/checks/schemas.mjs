/** The versions of Kubernetes that are supported now. */
const versions = ['1.34.0', '1.35.0', '1.36.0'];
/** Judged by their own models: custom-resources.mjs. */
const custom = /kind (PodMonitor|PrometheusRule) with api version monitoring\.coreos\.com\/v1/;

/** Every resource fits the schema of its kind, with no field that the kind does not have. */
export async function checkSchemas(report, { name, file }, { tools }) {
  for (const version of versions) {
    await report.check(`${name}: fits the schemas of Kubernetes ${version}`, async () => {
      const { ok, text } = await tools.kubernetesValidate(['--kubernetes-version', version, '--strict', file]);
      const faults = text.split('\n').filter((line) => line !== '' && !line.startsWith('INFO ') && !custom.test(line));
      return ok || faults.length > 0 ? faults : [text];
    });
  }
}
