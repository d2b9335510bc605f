import { writer } from '../../cluster/http/api-client.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import type { Emit } from '../events.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { failure } from '../telemetry.ts';
import { systemClock } from '../../lib/clock.ts';
import { Authorizer } from './auth/authorize.ts';
import { ExtensionAccess } from './auth/extension-access.ts';
import { openExtensionSecret } from './auth/extension-secret.ts';
import { createApp } from './app.ts';
import type { MetricsAccess } from '../flag-values.ts';
import type { ChangeFeed } from './state/change-feed.ts';
import { EventStreams } from './handlers/events.ts';
import type { ShownCluster } from './state/shown-cluster.ts';
import { listen } from './listener.ts';
import { ApiServerReviews } from './auth/token-reviews.ts';
import type { CertificateFiles } from './tls.ts';
import { openCertificate } from './tls.ts';

export interface ServerOptions {
  /** `null` for all addresses. */
  readonly host: string | null;
  /** 0 for any free port. */
  readonly port: number;
  /** `null` for plain HTTP. */
  readonly tls: CertificateFiles | null;
  /** File with the secret of Argo CD's proxy extension; `null` to deny it access. */
  readonly extensionSecretFile: string | null;
  readonly metricsAccess: MetricsAccess;
  readonly version: string;
  readonly metrics: Metrics;
  /** Why the process is not ready; `null` if it is. */
  readonly notReady: () => string | null;
  /** Argo CD's own cluster first. */
  readonly clusters: () => readonly ShownCluster[];
  readonly changes: ChangeFeed;
  /** Connection to the API server that reviews tokens. */
  readonly connection: Connection;
  readonly emit: Emit;
}

export interface RunningServer {
  readonly port: number;
  /**
   * Still accepts connections, for proxies that are not aware of the shutdown yet, but closes each after one response.
   */
  readonly drain: () => void;
  /** Ends event streams, finishes responses in progress, and closes the remaining connections after `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Serves health, metrics, the API and the page. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, tls, extensionSecretFile, connection, changes, emit } = options;
  const ended = new AbortController();
  const { signal } = ended;
  const authorizer = new Authorizer(new ApiServerReviews(writer(connection, signal), systemClock), systemClock);
  const isSecret =
    extensionSecretFile === null
      ? null
      : await openExtensionSecret(extensionSecretFile, signal, (error) => {
          emit('extension-secret-failed', failure(error));
        });
  const streams = new EventStreams({ changes, authorizer, signal });
  const app = createApp({
    ...options,
    authorizer,
    extension: new ExtensionAccess(isSecret, systemClock),
    streams,
    onBug: (error, requestId) => {
      emit('bug', { requestId, ...failure(error) });
    },
  });
  const certificate =
    tls &&
    (await openCertificate(tls, signal, (error) => {
      emit('certificate-failed', failure(error));
    }));
  const listener = await listen(app, { host, port, certificate });
  return {
    port: listener.port,
    drain: listener.drain,
    close: async (graceMs) => {
      streams.close();
      await listener.close(graceMs);
      ended.abort();
    },
  };
}
