// Builds the web pages of every service that has some, for the build stage of the images.
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';

const vite = join(import.meta.dirname, '../../node_modules/vite/bin/vite.js');
for (const config of globSync('services/*/vite.config.ts', { cwd: join(import.meta.dirname, '../..') }).sort()) {
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: join(import.meta.dirname, '../..', dirname(config)), stdio: 'inherit' });
}
