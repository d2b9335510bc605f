import { Agent as HttpAgent } from 'node:http';
import type { AgentOptions, RequestOptions } from 'node:https';
import { Agent as HttpsAgent } from 'node:https';

/** Keeps connections to one server open between requests. A changed certificate, key, CA or proxy gets new connections. */
export class KeptAgents {
  readonly #server: URL;
  readonly #agents = new Map<string, HttpAgent | HttpsAgent>();

  constructor(server: URL) {
    this.#server = server;
  }

  /** Connects through `proxy`, if any. */
  async agentFor(
    { ca, cert, key, rejectUnauthorized, servername }: RequestOptions,
    proxy: URL | null = null,
  ): Promise<HttpAgent | HttpsAgent> {
    // Few runs use a proxy: the others do not load its code.
    const proxyAgent = proxy && (await import('./proxy-agent.ts')).proxyAgent;
    const tls = { ca, cert, key, rejectUnauthorized, servername };
    // Includes the key: files that are renewed one after the other can be read once as a pair that does not match.
    const texts = [ca, cert, key].map(String);
    const id = JSON.stringify([...texts, servername, rejectUnauthorized, proxy?.href]);
    const current = this.#agents.get(id);
    if (current) return current;
    for (const [old, retired] of this.#agents) {
      // Requests in flight continue until they finish or their signal aborts.
      closeIdle(retired);
      this.#agents.delete(old);
    }
    const agent = proxy && proxyAgent ? proxyAgent(proxy) : this.#direct(tls);
    this.#agents.set(id, agent);
    return agent;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #direct(tls: AgentOptions): HttpAgent | HttpsAgent {
    return this.#server.protocol === 'http:'
      ? new HttpAgent({ keepAlive: true })
      : new HttpsAgent({ keepAlive: true, ...tls });
  }
}

function closeIdle({ freeSockets }: HttpAgent | HttpsAgent): void {
  for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
}
