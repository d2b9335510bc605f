import type { Endpoint } from '../discovery/decision.ts';

/**
 * Whether it serves https inside the cluster, with a certificate that no public CA signs. A host from a certificate
 * may be a Service's name without `.svc`.
 */
export function hasInsideCertificate({ scheme, host, probed = [] }: Endpoint, clusterDomain: string): boolean {
  const isInside = probed.includes('host') || host.endsWith('.svc') || host.endsWith(`.svc.${clusterDomain}`);
  return scheme === 'https' && isInside;
}
