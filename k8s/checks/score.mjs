/** Rules that are not ours, each with its reason. */
const ignored = {
  // Pods are kept apart by topologySpreadConstraints, which still let all run when nodes are few.
  'deployment-has-host-podantiaffinity': 'every overlay',
  'deployment-replicas': 'dev',
  'container-image-pull-policy': 'dev',
};

/** kube-score finds nothing, warnings included. */
export async function checkScore(report, { name, file }, { tools }) {
  await report.check(`${name}: kube-score has nothing to say`, async () => {
    const rules = Object.entries(ignored).filter(([, where]) => where === name || where === 'every overlay');
    // A limit of CPU throttles media and the event loop; requests keep neighbours apart.
    const options = ['--ignore-container-cpu-limit', '--output-format', 'ci', ...rules.flatMap(([rule]) => ['--ignore-test', rule])];
    const { text } = await tools.kubeScore(['score', ...options, file]);
    const lines = text.split('\n').filter((line) => line !== '');
    if (!lines.some((line) => line.startsWith('[OK]'))) return [`it judged nothing: ${text}`];
    return lines.filter((line) => !/^\[(OK|SKIPPED)\]/.test(line));
  });
}
