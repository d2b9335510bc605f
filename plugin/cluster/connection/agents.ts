import { Agent as HttpAgent } from 'node:http';
import type { AgentOptions, RequestOptions } from 'node:https';
import { Agent as HttpsAgent } from 'node:https';
import { PlainTunnelAgent, TunnelAgent } from './tunnel.ts';

/** Keeps connections to one server open between requests. A changed certificate, key, CA or proxy gets new connections. */
export class KeptAgents {
  readonly #server: URL;
  readonly #agents = new Map<string, HttpAgent | HttpsAgent>();

  constructor(server: URL) {
    this.#server = server;
  }

  /** Connects through `proxy`, if any. */
  agentFor(
    { ca, cert, key, rejectUnauthorized, servername }: RequestOptions,
    proxy: URL | null = null,
  ): HttpAgent | HttpsAgent {
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
    const agent = this.#create({ keepAlive: true, ...tls }, proxy);
    this.#agents.set(id, agent);
    return agent;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #create(options: AgentOptions, proxy: URL | null): HttpAgent | HttpsAgent {
    if (this.#server.protocol !== 'http:') return proxy ? new TunnelAgent(proxy, options) : new HttpsAgent(options);
    return proxy ? new PlainTunnelAgent(proxy, { keepAlive: true }) : new HttpAgent({ keepAlive: true });
  }
}

function closeIdle({ freeSockets }: HttpAgent | HttpsAgent): void {
  for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
}
