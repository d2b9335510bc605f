import type { Agent } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { clipped, printable } from '../../lib/messages/text.ts';
import { shownProxy } from '../../lib/http/proxy-url.ts';

/** Time for an HTTP proxy to connect; its server may be slow to answer. A SOCKS proxy gets the same from `socks`. */
const defaultTimeoutMs = 30_000;
const maxShownChars = 200;

/** Connects through `proxy` and keeps connections open. Errors name the proxy, never its user and password. */
export function proxyAgent(proxy: URL, connectTimeoutMs = defaultTimeoutMs): Agent {
  return proxy.protocol.startsWith('socks') ? new SocksTunnel(proxy) : new HttpTunnel(proxy, connectTimeoutMs);
}

/** Sends CONNECT (RFC 9110). TLS options come with each request: those of the API server are not for the proxy. */
class HttpTunnel extends HttpsProxyAgent<string> {
  readonly #connectTimeoutMs: number;

  constructor(proxy: URL, connectTimeoutMs: number) {
    super(proxy, { keepAlive: true });
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  override async connect(...[request, options]: ConnectArguments<HttpsProxyAgent<string>>) {
    const connectTimeoutMs = this.#connectTimeoutMs;
    let answer: ConnectResponse | null = null as ConnectResponse | null;
    request.once('proxyConnect', (received: ConnectResponse) => {
      answer = received;
    });
    const deadline = new AbortController();
    const timer = setTimeout(() => {
      deadline.abort();
    }, connectTimeoutMs);
    // The package has no time limit. It reads these options before its first `await`.
    Object.assign(this.connectOpts, { signal: deadline.signal });
    try {
      const socket = await super.connect(request, options);
      if (answer?.statusCode === 200) return socket;
      // It would be read as the API server's response.
      socket.destroy();
    } catch (error) {
      if (answer) throw error;
      throw proxyError(
        this.proxy,
        deadline.signal.aborted ? `has not connected within ${String(connectTimeoutMs / 1000)} s` : unreachable(error),
      );
    } finally {
      clearTimeout(timer);
    }
    const { statusCode = 0, statusText = '' } = answer ?? {};
    throw proxyError(this.proxy, `answered ${String(statusCode)} ${statusText}`);
  }
}

class SocksTunnel extends SocksProxyAgent {
  readonly #url: URL;

  constructor(proxy: URL) {
    // socks5h: the proxy looks up the server's name, which may be known only there. kubectl does so for socks5 too.
    super(proxy.href.replace(/^socks5:/, 'socks5h:'), { keepAlive: true });
    this.#url = proxy;
  }

  override async connect(...[request, options]: ConnectArguments<SocksProxyAgent>) {
    let isConnected = false as boolean;
    request.once('proxy', () => {
      isConnected = true;
    });
    try {
      return await super.connect(request, options);
    } catch (error) {
      // Not with the original error as the cause: it contains the password.
      throw isConnected ? error : proxyError(this.#url, unreachable(error));
    }
  }
}

/** What a proxy answers to CONNECT. */
interface ConnectResponse {
  readonly statusCode: number;
  readonly statusText: string;
}

type ConnectArguments<A extends { connect: (...args: never[]) => unknown }> = Parameters<A['connect']>;

function unreachable(error: unknown): string {
  return `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
}

function proxyError(proxy: URL, problem: string): Error {
  return new Error(`the proxy ${shownProxy(proxy)} ${printable(clipped(problem, maxShownChars)).trimEnd()}`);
}
