// Checks the JavaScript that a page loads first, gzip: everything its entry and its route import, and the larger of the
// two languages. Builds first when there is no build. Exit code 1 when a page is over its budget.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const folder = dirname(fileURLToPath(import.meta.url));
const dist = join(folder, 'dist');
const pages = [
  { name: 'desk', route: 'src/desk/desk-page.tsx', budget: 220_000 },
  { name: 'wall', route: 'src/wall/wall-page.tsx', budget: 200_000 },
];
const languages = ['src/locales/en.ts', 'src/locales/zh-cn.ts'];

if (!existsSync(join(dist, '.vite/manifest.json'))) {
  execFileSync(process.execPath, [join(folder, '../../node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: folder, stdio: 'inherit' });
}
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));

/** Files of a chunk and of all it imports at once. */
function filesOf(key, found = new Set()) {
  const chunk = manifest[key];
  if (chunk === undefined) throw new Error(`the build has no ${key}`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const imported of chunk.imports ?? []) filesOf(imported, found);
  return found;
}

const sizeOf = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).byteLength;

let over = false;
for (const { name, route, budget } of pages) {
  const files = new Set([...filesOf('index.html'), ...filesOf(route)]);
  const code = [...files].reduce((total, file) => total + sizeOf(file), 0);
  const language = Math.max(...languages.map((key) => [...filesOf(key)].filter((file) => !files.has(file)).reduce((total, file) => total + sizeOf(file), 0)));
  const bytes = code + language;
  over ||= bytes > budget;
  console.log(JSON.stringify({ page: name, gzipBytes: bytes, budgetBytes: budget, ok: bytes <= budget }));
}
process.exit(over ? 1 : 0);
