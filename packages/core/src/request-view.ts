/**
 * What conditions read of a request. Adapters are lazy: nothing is parsed before a rule asks for it.
 */
export interface RequestView {
  readonly method: string;
  /** Path and query, or an absolute URL. */
  readonly url: string;
  readonly clientIp?: string | undefined;
  /** The calling service in full (`namespace/name`), where it is known. */
  readonly caller?: string | undefined;
  /** A header by its lower-case name; one that was sent several times is joined with `, `. */
  header(name: string): string | undefined;
}

/** A uniform draw from [0, 1). */
export type Dice = () => number;

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;

/** Splits an absolute URL or a path: `http://a:80/x?y` -> `a:80` and `/x?y`; the authority of a path is undefined. */
function splitUrl(url: string): { authority: string | undefined; target: string } {
  const scheme = SCHEME.exec(url);
  if (!scheme) return { authority: undefined, target: url };
  const rest = url.slice(scheme[0].length);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const target = end < 0 ? '/' : rest.slice(end);
  return { authority: authority.slice(authority.lastIndexOf('@') + 1), target };
}

/** Where an absolute URL leads: host in lower case without brackets, and port; undefined for anything else. */
export function addressOf(url: string): { host: string; port: number } | undefined {
  const { authority } = splitUrl(url);
  if (!authority) return undefined;
  const port = /:(\d{1,5})$/.exec(authority);
  return {
    host: hostName(authority),
    port: port ? Number(port[1]) : /^(https|wss):/i.test(url) ? 443 : 80,
  };
}

/** `Order.shop:8080` -> `order.shop`, `[::1]:80` -> `::1`. */
export function hostName(authority: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(authority);
  const host = bracketed ? (bracketed[1] ?? '') : authority.replace(/:\d*$/, '');
  return host.toLowerCase();
}

/** The path without query and fragment. */
export function pathOf({ url }: Pick<RequestView, 'url'>): string {
  const { target } = splitUrl(url);
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  return path || '/';
}

/** The host that the request was sent to, in lower case, without port. */
export function hostOf(request: RequestView): string | undefined {
  const authority = request.header('host') ?? splitUrl(request.url).authority;
  return authority === undefined ? undefined : hostName(authority);
}

/** A cookie's value as received; the first of that name. */
export function cookieOf(request: RequestView, name: string): string | undefined {
  const header = request.header('cookie');
  if (header === undefined) return undefined;
  for (const part of header.split(';')) {
    const eq = part.indexOf('=');
    if (eq > 0 && part.slice(0, eq).trim() === name) return part.slice(eq + 1).trim();
  }
  return undefined;
}

/** A query parameter's value as received, not decoded; the first of that name. */
export function rawQueryOf(request: RequestView, name: string): string | undefined {
  const { target } = splitUrl(request.url);
  const start = target.indexOf('?');
  if (start < 0) return undefined;
  const end = target.indexOf('#', start);
  for (const part of target.slice(start + 1, end < 0 ? undefined : end).split('&')) {
    const eq = part.indexOf('=');
    if ((eq < 0 ? part : part.slice(0, eq)) === name) return eq < 0 ? '' : part.slice(eq + 1);
  }
  return undefined;
}
