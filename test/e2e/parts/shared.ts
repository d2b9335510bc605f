import type { Cluster } from '../../cluster/parts/cluster.ts';
import { acquireCluster } from '../../cluster/parts/pool.ts';
import { startFaultProxy } from '../../cluster/faults/fault-proxy.ts';
import type { Fault } from '../../cluster/faults/faults.ts';
import { hasArgoCd, startArgoCd } from './argo-cd.ts';
import type { ArgoCd } from './argo-cd.ts';
import { argoCdDefinitions } from './settings.ts';
import { seedCanaries } from '../support/decoy-secrets.ts';

/** The Argo CD shared by all suites that do not disturb each other, with canaries wherever secrets are. */
export interface SharedArgoCd extends ArgoCd {
  /** Injects a fault for the plugin's requests to API server paths with this prefix; `null` ends it. */
  readonly fail: (path: string, fault: Fault | null) => void;
}

interface Started {
  readonly argoCd: SharedArgoCd;
  readonly stop: () => Promise<void>;
}

let started: Promise<Started> | null = null;

/**
 * For the `before` of a suite: starts Argo CD if no suite has yet, and skips the suite if it cannot be started. The
 * root hook below ends it after the last suite.
 */
export async function sharedArgoCd(context: Mocha.Context): Promise<SharedArgoCd> {
  if (!hasArgoCd()) context.skip();
  started ??= start();
  return (await started).argoCd;
}

export const mochaHooks = {
  async afterAll(): Promise<void> {
    await (await started)?.stop();
  },
};

async function start(): Promise<Started> {
  const cluster = await acquireCluster(argoCdDefinitions());
  const faults = new Map<string, Fault>();
  const proxy = await startFaultProxy(cluster, ({ url }) => faultFor(faults, url));
  const stop = async (): Promise<void> => {
    await proxy.stop();
    await cluster.stop();
  };
  const argoCd = await startWithCanaries(cluster, proxy.url).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    argoCd: {
      ...argoCd,
      fail: (path, fault) => {
        if (fault) faults.set(path, fault);
        else faults.delete(path);
      },
    },
    stop: async () => {
      try {
        await argoCd.stop();
      } finally {
        await stop();
      }
    },
  };
}

async function startWithCanaries(cluster: Cluster, apiServerUrl: string): Promise<ArgoCd> {
  const env = await seedCanaries(cluster);
  return startArgoCd({ cluster, sidecar: { apiServerUrl, env } });
}

function faultFor(faults: ReadonlyMap<string, Fault>, url: string): Fault | null {
  return [...faults].find(([path]) => url.startsWith(path))?.[1] ?? null;
}
