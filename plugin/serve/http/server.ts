import type { Connection } from '../../cluster/http/connection.ts';
import type { Emit } from '../events.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { failure } from '../telemetry.ts';
import { accessBy } from './auth/authorize.ts';
import { createApp } from './app.ts';
import type { MetricsAccess } from '../flag-values.ts';
import type { ChangeFeed } from './state/change-feed.ts';
import { eventStreams } from './handlers/events.ts';
import type { ReadModel } from './state/read-model.ts';
import { listen } from './listener.ts';
import { reviewsBy } from './auth/token-reviews.ts';
import type { CertificateFiles } from './tls.ts';
import { openCertificate } from './tls.ts';

export interface ServerOptions {
  /** `null` for every address. */
  readonly host: string | null;
  /** 0 for any free one. */
  readonly port: number;
  /** `null` for plain HTTP. */
  readonly tls: CertificateFiles | null;
  readonly metricsAccess: MetricsAccess;
  readonly version: string;
  readonly metrics: Metrics;
  /** Why it is not ready; `null` where it is. */
  readonly notReady: () => string | null;
  /** `null` until the cluster is known. */
  readonly knowledge: () => ReadModel | null;
  readonly changes: ChangeFeed;
  /** Of the cluster that knows whom a token belongs to. */
  readonly connection: Connection;
  readonly emit: Emit;
}

export interface RunningServer {
  readonly port: number;
  /** New connections are still answered, for some clients have not heard of the end yet; each gets one answer. */
  readonly drain: () => void;
  /** Ends event streams, finishes what is being answered, and cuts off what is not done after `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Serves health, metrics and the API. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, tls, connection, changes, emit } = options;
  const ended = new AbortController();
  const { signal } = ended;
  const access = accessBy(reviewsBy(connection, signal));
  const streams = eventStreams({ changes, isStillAuthorized: access.isStillAuthorized, signal });
  const app = createApp({
    ...{ ...options, access, streams },
    onBug: (error) => {
      emit('bug', failure(error));
    },
  });
  const certificate =
    tls &&
    (await openCertificate(tls, signal, (error) => {
      emit('certificate-failed', failure(error));
    }));
  const listener = await listen(app, { host, port, certificate });
  return {
    ...{ port: listener.port, drain: listener.drain },
    close: async (graceMs) => {
      streams.close();
      await listener.close(graceMs);
      ended.abort();
    },
  };
}
