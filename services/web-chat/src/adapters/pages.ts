import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { webChatErrors } from '../errors.ts';

/** The pages of web-chat. */
export interface Pages {
  serve(request: IncomingMessage, response: ServerResponse, widgets: readonly { key: string; title: string }[]): void;
}

/** Address of a request; undefined when it is none. */
export function urlOf(request: IncomingMessage): URL | undefined {
  return URL.parse(request.url ?? '/', 'http://web-chat') ?? undefined;
}

interface Page {
  readonly body: Buffer;
  readonly zipped: Buffer;
  readonly etag: string;
  readonly type: string;
}

function pageOf(body: Buffer, type: string): Page {
  return { body, zipped: gzipSync(body), type, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, (sign) => escapes[sign] ?? sign);

const words = {
  'zh-CN': { title: 'Patchbay 网页聊天演示', lead: '这是一个普通的网页。右下角的按钮就是聊天组件，一行脚本即可接入。', other: 'English', none: '还没有网页聊天入口。请先应用一个 channel 为 webchat 的 EntryPoint。' },
  en: { title: 'Patchbay web chat demo', lead: 'This is an ordinary page. The button at the lower right is the chat widget: one line of script puts it there.', other: '中文', none: 'There is no web chat entry point yet. Apply an EntryPoint of channel webchat first.' },
} as const;

function demoPage(url: URL, acceptLanguage: string, widgets: readonly { key: string; title: string }[]): string {
  const wanted = url.searchParams.get('lang') ?? acceptLanguage;
  const language = wanted.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
  const other = language === 'en' ? 'zh-CN' : 'en';
  const text = words[language];
  const key = widgets.find((widget) => widget.key === url.searchParams.get('key'))?.key ?? widgets[0]?.key;
  const tag = key === undefined ? '' : `<script src="widget.js" data-key="${escapeHtml(key)}" data-language="${language}" defer></script>`;
  const shown = key === undefined ? `<p>${text.none}</p>` : `<pre><code>${escapeHtml(tag)}</code></pre>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.7 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; max-width: 44rem; margin: 12vh auto; padding: 0 1.5rem; color: #1f2933; background: #f7f8fa; }
h1 { font-size: 1.7rem; letter-spacing: -0.01em; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid #d9dee5; border-radius: 10px; background: #fff; font-size: 13px; }
a { color: #0b6b53; }
@media (prefers-color-scheme: dark) { body { color: #e4e8ee; background: #14181d; } pre { background: #1b2027; border-color: #323a45; } a { color: #5fd0b0; } }
</style>
</head>
<body>
<main>
<p><a href="?lang=${other}" lang="${other}">${text.other}</a></p>
<h1>${text.title}</h1>
<p>${text.lead}</p>
${shown}
</main>
${tag}
</body>
</html>
`;
}

/** Reads the built widget once; without it `/widget.js` answers 503 and says how to build it. */
export async function readPages(widgetFile: string): Promise<Pages> {
  const widget = await readFile(widgetFile).then((body) => pageOf(body, 'text/javascript; charset=utf-8')).catch(() => undefined);

  function send(request: IncomingMessage, response: ServerResponse, page: Page, cache: string): void {
    response.setHeader('etag', page.etag).setHeader('cache-control', cache).setHeader('vary', 'accept-encoding');
    if (request.headers['if-none-match'] === page.etag) {
      response.writeHead(304).end();
      return;
    }
    const zips = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    response.setHeader('content-type', page.type);
    if (zips) response.setHeader('content-encoding', 'gzip');
    const body = zips ? page.zipped : page.body;
    response.setHeader('content-length', body.length).end(request.method === 'HEAD' ? undefined : body);
  }

  return {
    serve(request, response, widgets) {
      response.setHeader('x-content-type-options', 'nosniff').setHeader('referrer-policy', 'no-referrer');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' }).end();
        return;
      }
      const url = urlOf(request);
      if (url === undefined) response.writeHead(400).end();
      else if (url.pathname === '/') response.writeHead(302, { location: '/demo' }).end();
      else if (url.pathname === '/demo') {
        response.setHeader('content-security-policy', "default-src 'self'; connect-src 'self' ws: wss:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        send(request, response, pageOf(Buffer.from(demoPage(url, String(request.headers['accept-language'] ?? ''), widgets)), 'text/html; charset=utf-8'), 'no-cache');
      } else if (url.pathname === '/widget.js' && widget === undefined) {
        response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' }).end(`WEBCHAT_NOT_BUILT: ${webChatErrors.WEBCHAT_NOT_BUILT.remedy}\n`);
      } else if (url.pathname === '/widget.js' && widget !== undefined) {
        response.setHeader('access-control-allow-origin', '*').setHeader('cross-origin-resource-policy', 'cross-origin');
        send(request, response, widget, 'public, max-age=300');
      } else response.writeHead(404).end();
    },
  };
}
