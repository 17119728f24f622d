import { Agent, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createProxyServer } from 'httpxy';
import { CARRIED_HEADER, carriedMark } from '../http/client-address.ts';
import { type Responder, refuse } from '../http/front.ts';
import { OpenRequests } from '../http/open-requests.ts';

/** Requests that are passed on get so long to end when this replica closes. */
const CLOSE_MS = 5_000;

/** Where requests are passed on to. */
export interface Leader {
  readonly url: string;
  readonly secret: string;
}

/** Answers requests by passing them on to the replica that leads, streams included. */
export class Carrier implements Responder {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #proxy = createProxyServer({ agent: this.#agent });
  /** What is passed on now. */
  readonly #open = new OpenRequests();
  /** The request to the leader, once there is one. */
  readonly #upstreams = new WeakMap<object, ClientRequest>();
  #leader: Leader | undefined;

  constructor() {
    this.#proxy.on('proxyReq', (upstream, _request, response) => {
      this.#upstreams.set(response, upstream);
    });
    this.#proxy.on('error', (error, _request, response) => {
      const answer = response as ServerResponse | undefined;
      if (!answer) return;
      if (answer.headersSent) answer.destroy();
      else refuse(answer, `the replica that leads does not answer (${error.message}): try again in a second`);
    });
  }

  /** Who leads from now on; undefined: nobody. What was passed on to another is over: whoever asked asks again. */
  follow(leader: Leader | undefined): void {
    if (leader?.url === this.#leader?.url && leader?.secret === this.#leader?.secret) return;
    this.#leader = leader;
    for (const response of this.#open.all()) {
      const upstream = this.#upstreams.get(response);
      if (response.headersSent || !upstream) response.destroy();
      else upstream.destroy(new Error('another replica leads now'));
    }
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const leader = this.#leader;
    // Of this process: that another one ended is no reason to end it.
    if (request.url === '/healthz' || (request.url === '/readyz' && leader)) wellBeing(response);
    else if (!leader) refuse(response, 'no replica of this control plane leads now: try again in a second');
    // By another that takes this one for the leader: it will soon know better.
    else if (request.headers[CARRIED_HEADER]) refuse(response, 'this replica does not lead: try again in a second');
    else this.#carry(leader, request, response);
  }

  #carry({ url, secret }: Leader, request: IncomingMessage, response: ServerResponse): void {
    this.#open.add(response);
    const headers = { [CARRIED_HEADER]: carriedMark(request, secret) };
    // What goes wrong comes as an event.
    this.#proxy.web(request, response, { target: url, headers }).catch(() => {});
  }

  /** Ends streams at once, and lets other requests end in time. */
  async close(): Promise<void> {
    for (const response of this.#open.all()) {
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.destroy();
    }
    await this.#open.drain(CLOSE_MS);
    this.#agent.destroy();
  }
}

function wellBeing(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ status: 'ok' }));
}
