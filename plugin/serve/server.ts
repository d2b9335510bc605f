import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import express from 'express';
import type { Registry } from 'prom-client';
import { PluginError } from '../errors.ts';
import { reasonOf } from '../system-error.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly registry: Registry;
  /** Why it is not ready; `null` where it is. */
  readonly notReady: () => string | null;
}

export interface RunningServer {
  readonly port: number;
  /** Finishes requests that are being answered. */
  readonly close: () => Promise<void>;
}

/** Serves /healthz, /readyz and /metrics. */
export async function startServer({ host, port, registry, notReady }: ServerOptions): Promise<RunningServer> {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', (_request, response) => {
    const reason = notReady();
    response
      .status(reason === null ? 200 : 503)
      .type('text/plain')
      .send(`${reason ?? 'ok'}\n`);
  });
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  const server = createServer(app);
  await listen(server, host, port);
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(port, host, () => {
    resolve(undefined);
  });
  await promise.catch((cause: unknown) => {
    throw new PluginError('USAGE', `--listen ${host}:${String(port)} does not work: ${reasonOf(cause)}`, {
      hint: 'choose another address or port, or end what listens there',
      cause,
    });
  });
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => {
    resolve(undefined);
  });
  server.closeIdleConnections();
  await promise;
}
