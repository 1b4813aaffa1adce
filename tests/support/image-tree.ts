import { cp, glob, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '@patchbay/local/run-command';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One instruction of a Dockerfile, e.g. `COPY` with `--from=tree /tree ./`. */
interface Instruction {
  name: string;
  text: string;
}

/** A stage: its instructions after FROM. */
export interface Stage {
  /** Name after AS; empty for the image itself. */
  name: string;
  from: string;
  instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile: comments left out, continued lines joined. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line)).join('\n').replaceAll(/\\\n\s*/g, '').split('\n');
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name, words = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [, from = '', , stage = ''] = /^(\S+)( AS (\S+))?$/.exec(words) ?? [];
      stages.push({ name: stage, from, instructions: [] });
    } else if (name !== undefined) stages.at(-1)?.instructions.push({ name, text: words });
  }
  return stages;
}

/** The stages of the one Dockerfile. */
export async function readDockerfile(): Promise<Stage[]> {
  return parseDockerfile(await readFile(join(root, 'deploy/docker/Dockerfile'), 'utf8'));
}

const instructionsOf = (stages: readonly Stage[], stage: string, name: string) =>
  (stages.find((one) => one.name === stage)?.instructions ?? []).filter((one) => one.name === name).map(({ text }) => text);

/** What COPY of the stage `manifests` takes from the project. */
async function copyManifests(stages: readonly Stage[], into: string): Promise<void> {
  const patterns = instructionsOf(stages, 'manifests', 'COPY').flatMap((text) => text.split(' ').filter((word) => !word.startsWith('--')).slice(0, -1));
  for await (const file of glob(patterns, { cwd: root, exclude: (name) => name === 'node_modules' })) {
    await mkdir(join(into, dirname(file)), { recursive: true });
    await cp(join(root, file), join(into, file));
  }
}

/**
 * Carries out, in a new folder, what the Dockerfile does for one service after contracts and pages were made: the stages
 * `production` and `tree`, with this checkout in place of the stage `build`. Gives the folder, as it goes into the image.
 */
export async function buildImageTree(service: string, folder: string): Promise<string> {
  const stages = await readDockerfile();
  await copyManifests(stages, folder);
  for (const command of ['production', 'tree'].flatMap((stage) => instructionsOf(stages, stage, 'RUN'))) {
    const here = command.replaceAll(/--mount=\S+\s+/g, '').replaceAll('${SERVICE}', service).replaceAll('/build/', root).replaceAll('/patchbay', folder);
    await runCommand('sh', ['-c', here], { cwd: folder, timeoutMs: 5 * 60_000 });
  }
  return folder;
}

/** How a container of the image starts: environment and command, the first word left out, which is node. */
export async function imageStart(): Promise<{ env: Record<string, string>; args: readonly string[]; uid: number }> {
  const stages = await readDockerfile();
  const [entrypoint = '[]'] = instructionsOf(stages, '', 'ENTRYPOINT');
  const [env = ''] = instructionsOf(stages, '', 'ENV');
  const [user = ''] = instructionsOf(stages, '', 'USER');
  return {
    env: Object.fromEntries(env.split(' ').map((pair) => pair.split('='))) as Record<string, string>,
    args: (JSON.parse(entrypoint) as string[]).slice(1),
    uid: Number(user.split(':')[0]),
  };
}
