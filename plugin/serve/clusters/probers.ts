import { probeReason } from '../../cluster/probe/probe-reasons.ts';
import { HttpProber } from '../../cluster/probe/http-prober.ts';
import type { Prober } from '../../cluster/probe/probe.ts';
import { maxProxied, proxiedGet } from '../../cluster/probe/proxied-get.ts';
import type { OpenedCluster } from './open-cluster.ts';

/** In the hub, its Service names lead nowhere, or to other Services. */
const notAsked: Prober = () => ({
  healthy: false,
  ...probeReason('ProxyRefused', { why: 'serve runs without --allow-service-proxy' }),
});

/** Probes backends of another cluster, if the platform allows it. */
export function proberOf({ connection }: OpenedCluster, isAllowed: boolean, signal: AbortSignal): Prober {
  if (!isAllowed) return notAsked;
  const proxy = new HttpProber({ signal, through: { get: proxiedGet(connection), maxConcurrent: maxProxied } });
  return (request) => proxy.probe(request);
}
