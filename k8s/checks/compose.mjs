import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { root } from './report.mjs';
import { imageNames, readSettings, serviceNames, serviceOfImage, unreadNames } from './services.mjs';

/** Each way to start, with the services of Patchbay in it. */
const projects = {
  'compose.yaml': { files: ['compose.yaml'], services: serviceNames },
  'compose.demo.yaml': { files: ['compose.yaml', 'deploy/docker/compose.demo.yaml'], services: imageNames },
};
const allFiles = ['compose.yaml', 'deploy/docker/compose.yaml', 'deploy/docker/compose.demo.yaml'];
const required = { PATCHBAY_ADMIN_PASSWORD: 'secret' };

/** Fills in variables; the program that judges fills none in where it runs by itself. */
const fillIn = (text) => text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g, (whole, name, fallback) => fallback ?? required[name] ?? whole);

/** The model of a project as Docker Compose loads it, with every file in its place in a folder of its own. */
async function loadProject({ composeSpec }, files) {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-compose-'));
  try {
    for (const file of allFiles) {
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await writeFile(join(folder, file), fillIn(await readFile(join(root, file), 'utf8')));
    }
    const { ok, text } = await composeSpec(['-format', 'json', ...files], { cwd: folder });
    if (!ok) throw new Error(text);
    const missing = [...text.matchAll(new RegExp(`"${folder}([^"]*)"`, 'g'))].map(([, path]) => path).filter((path) => !existsSync(join(root, path)));
    return { model: JSON.parse(text), missing };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file over another one makes a list of what was a map. What has no value comes from outside, when it is there. */
function environmentOf({ environment }) {
  const pairs = Array.isArray(environment) ? environment.map((pair) => pair.split(/=(.*)/s, 2)) : Object.entries(environment);
  return Object.fromEntries(pairs.map(([name, value]) => [name, value === undefined || value === null ? '' : String(value)]));
}

/** What the world reaches of a service are ports that the service listens on. */
async function portFaults(name, service) {
  const { ports } = await readSettings(serviceOfImage(service.image), environmentOf(service));
  const [first, last] = [ports.get('VOICE_RTP_PORT_MIN'), ports.get('VOICE_RTP_PORT_MAX')];
  const listens = (port) => [...ports.values()].includes(port) || (port >= first && port <= last);
  return (service.ports ?? []).filter(({ target }) => !listens(target)).map(({ target }) => `${name} publishes ${target}, on which nothing listens`);
}

const imageHealthPort = '9100';

/** What Prometheus asks is each service but the simulated customers, at its health port. */
async function targetFaults(ours) {
  const [{ targets }] = parse(await readFile(join(root, 'deploy/docker/observability/targets/compose.yaml'), 'utf8'));
  const wanted = ours.filter(([name]) => name !== 'demo').map(([name, service]) => `${name}:${environmentOf(service).PATCHBAY_HEALTH_PORT ?? imageHealthPort}`);
  return [...wanted.filter((target) => !targets.includes(target)).map((target) => `${target} is not asked`), ...targets.filter((target) => !wanted.includes(target)).map((target) => `nobody is ${target}`)];
}

/** Compose files are sound, build every service, and set what the services read. */
export async function checkCompose(report, { tools, settings }) {
  for (const [name, { files, services }] of Object.entries(projects)) {
    let ours = [];
    await report.check(`${name}: Docker Compose's own loader takes it`, async () => {
      const { model, missing } = await loadProject(tools, files);
      ours = Object.entries(model.services).filter(([, { image }]) => image.startsWith('patchbay/'));
      return missing.map((path) => `names ${path}, which is not there`);
    });
    await report.check(`${name}: each of ${services.length} images is built from the Dockerfile, with its own name`, () => [
      ...ours.filter(([service, { build }]) => build?.args?.SERVICE !== service || build.dockerfile !== 'deploy/docker/Dockerfile').map(([service]) => `${service} is built otherwise`),
      ...(ours.map(([service]) => service).sort().join() === [...services].sort().join() ? [] : [`services: ${ours.map(([service]) => service).join(', ')}`]),
    ]);
    await report.check(`${name}: every setting is one that its service reads, with a value that it takes`, async () => {
      const faults = ours.map(async ([service, definition]) => {
        const environment = environmentOf(definition);
        return [...unreadNames(environment, settings.get(service) ?? new Set()), ...(await readSettings(service, environment)).faults].map((fault) => `${service}: ${fault}`);
      });
      return (await Promise.all(faults)).flat();
    });
    await report.check(`${name}: published ports are ports that the services listen on`, async () => (await Promise.all(ours.map(([service, definition]) => portFaults(service, definition)))).flat());
    await report.check(`${name}: Prometheus asks every service at its health port`, () => targetFaults(ours));
    await report.check(`${name}: services run from a read-only file system without rights`, () =>
      ours.filter(([, { read_only: readOnly, cap_drop: dropped }]) => readOnly !== true || !dropped?.includes('ALL')).map(([service]) => service),
    );
  }
}
