import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
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
  readonly #open = new OpenRequests();
  #leader: Leader | undefined;

  constructor() {
    this.#proxy.on('error', (error, _request, response) => {
      const answer = response as ServerResponse | undefined;
      if (!answer) return;
      if (answer.headersSent) answer.destroy();
      else refuse(answer, `the replica that leads (${this.#leader?.url}) does not answer: ${error.message}`);
    });
  }

  /** Who leads from now on; undefined: nobody. What was passed on to another is over: whoever asked asks again. */
  follow(leader: Leader | undefined): void {
    if (leader?.url === this.#leader?.url && leader?.secret === this.#leader?.secret) return;
    this.#leader = leader;
    this.#open.end();
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const leader = this.#leader;
    if (!leader) refuse(response, 'no replica of this control plane leads now: try again in a second');
    // By another that takes this one for the leader: it will soon know better.
    else if (request.headers[CARRIED_HEADER]) refuse(response, 'this replica does not lead: try again in a second');
    else {
      this.#open.add(response);
      const headers = { [CARRIED_HEADER]: carriedMark(request, leader.secret) };
      // What goes wrong comes as an event.
      this.#proxy.web(request, response, { target: leader.url, headers }).catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#open.endStreams();
    await this.#open.drain(CLOSE_MS);
    this.#agent.destroy();
  }
}
