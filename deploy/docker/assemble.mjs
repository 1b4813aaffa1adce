// Makes the tree of one image out of a folder in which npm installed one service without development dependencies:
// `assemble.mjs SERVICE FOLDER`. npm's links below node_modules/@patchbay name the packages of the project that the service
// leans on. They get their sources from this checkout, with contracts generated and pages built, without tests and without
// what pages are made of; everything else of the project leaves the folder.
import { cpSync, existsSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');
const [service, target] = process.argv.slice(2);

const leftOut = new Set(['node_modules', 'testing', 'web', 'widget', 'README.md', 'vite.config.ts', 'size.mjs', 'make.sh']);
const isShipped = (path) => !leftOut.has(basename(path)) && !/\.(test|bench)\.ts$/.test(path) && !/\/dist\/\.sources$/.test(path);

/** Folders of the project that npm linked, relative to it. */
function linkedFolders() {
  const links = join(target, 'node_modules/@patchbay');
  return readdirSync(links).map((name) => relative(realpathSync(target), realpathSync(join(links, name))));
}

/** Only the linked packages, the installed ones and the package file stay. */
function removeOthers(folders) {
  for (const name of readdirSync(target)) {
    if (['node_modules', 'package.json'].includes(name)) continue;
    const kept = folders.filter((path) => dirname(path) === name).map((path) => basename(path));
    if (kept.length === 0) rmSync(join(target, name), { recursive: true });
    else for (const other of readdirSync(join(target, name)).filter((one) => !kept.includes(one))) rmSync(join(target, name, other), { recursive: true });
  }
}

const folders = linkedFolders();
const folder = folders.find((path) => basename(path) === service && /^(services|deploy)\//.test(path));
if (folder === undefined) throw new Error(`npm installed no service ${service}: ${folders.join(', ')}`);
if (existsSync(join(root, folder, 'vite.config.ts')) && !existsSync(join(root, folder, 'dist'))) throw new Error(`the pages of ${service} are not built`);
removeOthers(folders);
for (const path of folders) cpSync(join(root, path), join(target, path), { recursive: true, filter: isShipped });
cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
symlinkSync(folder, join(target, 'service'));
