import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { deskError } from '../errors.ts';
import { pagePolicy } from './security-headers.ts';

/** The built web application. */
export interface StaticFiles {
  /** Answers with a file, or with the page for every other path: the application finds its way by the address. */
  serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
}

const mimes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};
const compressible = new Set(['.html', '.js', '.css', '.svg', '.json']);
const noncePlaceholder = '__CSP_NONCE__';
const compress = { br: promisify(brotliCompress), gzip: promisify(gzip) };

interface StaticFile {
  bytes: Buffer;
  extension: string;
  packed: Map<string, Promise<Buffer>>;
}

function pack(file: StaticFile, encoding: 'br' | 'gzip'): Promise<Buffer> {
  const known = file.packed.get(encoding);
  if (known !== undefined) return known;
  const packed = encoding === 'br' ? compress.br(file.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }) : compress.gzip(file.bytes, { level: 9 });
  file.packed.set(encoding, packed);
  return packed;
}

function encodingFor(request: IncomingMessage): 'br' | 'gzip' | undefined {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  if (/\bbr\b/.test(accepted)) return 'br';
  return /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
}

async function readFolder(folder: string): Promise<Map<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const address = `/${relative(folder, path).split(sep).join('/')}`;
    // Names with a dot in front are notes of the build, not for browsers.
    if (!entry.isFile() || address.includes('/.')) continue;
    files.set(address, { bytes: await readFile(path), extension: extname(entry.name), packed: new Map() });
  }
  return files;
}

/** Reads the folder once, into memory: about a megabyte. Hashed names may be kept for ever, the page never. */
export async function loadStaticFiles(folder: string): Promise<StaticFiles> {
  const files = await readFolder(folder);
  const page = files.get('/index.html');

  function sendPage(request: IncomingMessage, response: ServerResponse): void {
    if (page === undefined) throw deskError('DESK_NOT_BUILT');
    const nonce = randomBytes(16).toString('base64url');
    const html = page.bytes.toString('utf8').replaceAll(noncePlaceholder, nonce);
    response.writeHead(200, {
      'content-type': mimes['.html'],
      'content-length': Buffer.byteLength(html),
      'cache-control': 'no-store',
      'content-security-policy': pagePolicy(nonce),
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  }

  return {
    async serve(request, response, path) {
      const file = path === '/index.html' ? undefined : files.get(path);
      if (file === undefined) {
        if (path.startsWith('/assets/')) throw deskError('DESK_NOT_FOUND');
        sendPage(request, response);
        return;
      }
      const encoding = compressible.has(file.extension) ? encodingFor(request) : undefined;
      const body = encoding === undefined ? file.bytes : await pack(file, encoding);
      response.writeHead(200, {
        'content-type': mimes[file.extension] ?? 'application/octet-stream',
        'content-length': body.byteLength,
        'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
        vary: 'accept-encoding',
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  };
}
