// Puts together the tree of one image: `assemble.mjs SERVICE PRODUCTION INTO`.
// PRODUCTION is a folder in which npm installed the service without development dependencies: its links below
// node_modules/@patchbay name the packages of the project that the service leans on. Their sources come from this checkout,
// with contracts generated and pages built, without tests and without what pages are made of.
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');
const [service, production, into] = process.argv.slice(2);

const leftOut = new Set(['node_modules', 'testing', 'web', 'widget', 'README.md', 'vite.config.ts', 'size.mjs', 'make.sh']);
const isShipped = (path) => !leftOut.has(basename(path)) && !/\.(test|bench)\.ts$/.test(path) && !/\/dist\/\.sources$/.test(path);

/** Folders of the project that npm linked, relative to it. */
function linkedFolders() {
  const links = join(production, 'node_modules/@patchbay');
  return readdirSync(links).map((name) => relative(realpathSync(production), realpathSync(join(links, name))));
}

function copyPackage(folder) {
  cpSync(join(root, folder), join(into, folder), { recursive: true, filter: isShipped });
  const own = join(production, folder, 'node_modules');
  if (existsSync(own)) cpSync(own, join(into, folder, 'node_modules'), { recursive: true, verbatimSymlinks: true });
}

const folders = linkedFolders();
const folder = folders.find((path) => basename(path) === service && /^(services|deploy)\//.test(path));
if (folder === undefined) throw new Error(`npm installed no service ${service}: ${folders.join(', ')}`);
if (existsSync(join(root, folder, 'vite.config.ts')) && !existsSync(join(root, folder, 'dist'))) throw new Error(`the pages of ${service} are not built`);
mkdirSync(into, { recursive: true });
for (const file of ['package.json', 'LICENSE']) cpSync(join(root, file), join(into, file));
cpSync(join(production, 'node_modules'), join(into, 'node_modules'), { recursive: true, verbatimSymlinks: true });
folders.forEach(copyPackage);
symlinkSync(folder, join(into, 'service'));
