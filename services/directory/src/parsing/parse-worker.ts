import { parentPort } from 'node:worker_threads';
import type { ResourceFile } from '@patchbay/contracts/directory/v1/directory_service';
import { parseFiles } from './parse-files.ts';

// One message in, one out: what the files say. A fault of the parser itself ends the worker, which its owner sees.
parentPort?.on('message', (files: readonly ResourceFile[]) => {
  parentPort?.postMessage(parseFiles(files));
});
