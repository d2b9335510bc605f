import { Agent as HttpAgent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { Agent as HttpsAgent } from 'node:https';

/** Keeps connections to one server open between requests. A changed certificate or CA gets new connections. */
export class KeptAgents {
  readonly #server: URL;
  readonly #agents = new Map<string, HttpAgent | HttpsAgent>();

  constructor(server: URL) {
    this.#server = server;
  }

  agentFor({ ca, cert, key, rejectUnauthorized, servername }: RequestOptions): HttpAgent | HttpsAgent {
    const tls = { ca, cert, key, rejectUnauthorized, servername };
    const id = JSON.stringify([String(ca), String(cert), servername, rejectUnauthorized]);
    const current = this.#agents.get(id);
    if (current) return current;
    for (const [old, retired] of this.#agents) {
      // Requests in flight continue until they finish or their signal aborts.
      closeIdle(retired);
      this.#agents.delete(old);
    }
    const agent =
      this.#server.protocol === 'http:'
        ? new HttpAgent({ keepAlive: true })
        : new HttpsAgent({ keepAlive: true, ...tls });
    this.#agents.set(id, agent);
    return agent;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }
}

function closeIdle({ freeSockets }: HttpAgent | HttpsAgent): void {
  for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
}
