import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where the console is served. */
const BASE = '/console/';
/** Files below it bear a hash of their content in their names. */
const HASHED = 'assets/';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Nothing but what this server sends. Styles may be set by scripts: the component library does so. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

interface ConsoleFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

/** All files of a folder by their paths with `/`; empty where it is not there. */
function readFiles(folder: string): ReadonlyMap<string, ConsoleFile> {
  if (!statSync(join(folder, 'index.html'), { throwIfNoEntry: false })) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const plain = readFileSync(path);
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      return [relative(folder, path).split(sep).join('/'), { type, plain, gzip: gzipSync(plain) }];
    }),
  );
}

/**
 * Serves the console that was built into `folder`. Its files are read once: a path is looked up, never opened. What is no
 * file is a page of the console, which the index shows.
 */
export function serveConsole(app: FastifyInstance, folder: string | undefined): void {
  const files = folder === undefined ? new Map<string, ConsoleFile>() : readFiles(folder);
  const config = { access: 'none' as const };
  const toConsole = (_request: FastifyRequest, reply: FastifyReply) => reply.redirect(BASE);
  app.get('/', { config, exposeHeadRoute: false }, toConsole);
  app.get('/console', { config, exposeHeadRoute: false }, toConsole);
  app.get(`${BASE}*`, { config, exposeHeadRoute: false }, (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    return answer(request, reply.headers(HEADERS), files, path);
  });
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  files: ReadonlyMap<string, ConsoleFile>,
  path: string,
): FastifyReply {
  const index = files.get('index.html');
  const isHashed = path.startsWith(HASHED);
  const file = files.get(path) ?? (isHashed ? undefined : index);
  if (!index)
    return plain(reply, 503, 'The console was not built: run "make setup", then start the control plane again.');
  if (!file) return plain(reply, 404, 'There is no such file.');
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  reply
    .type(file.type)
    .header('vary', 'accept-encoding')
    .header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  return zipped ? reply.header('content-encoding', 'gzip').send(file.gzip) : reply.send(file.plain);
}

function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(`${text}\n`);
}
