import type { ConnectionOptions } from '../../cluster/connection/connection.ts';
import type { DiscoveryFlags, FlagValues } from '../flags/flags.ts';

/** Names that Services inside the cluster use for its API server. */
const ownNames = ['kubernetes.default.svc', 'kubernetes.default'];

/**
 * Whether this process runs outside of the cluster that it reads: in no Pod, or in one of another cluster. False if
 * nothing is known of the environment.
 */
export async function isOutside(flags: ConnectionOptions & FlagValues<'snapshot'>): Promise<boolean> {
  const { snapshot, apiServer } = flags;
  if (snapshot !== undefined || apiServer === undefined) return false;
  if (apiServer === null) return true;
  const { connect } = await import('../../cluster/connection/connect.ts');
  const connection = await connect(flags);
  connection.close();
  const { hostname } = connection.server;
  return ![apiServer.host, `[${apiServer.host}]`, ...ownNames].includes(hostname);
}

/** For read-only commands: health is what the cluster reports, not what is reachable from here. */
export async function asSeenFromHere<T extends DiscoveryFlags>(flags: T): Promise<T> {
  return { ...flags, fromOutside: await isOutside(flags) };
}

/** A note about running from outside; none if that makes no difference. */
export function outsideNote(
  { fromOutside = false, check }: Pick<DiscoveryFlags, 'fromOutside' | 'check'>,
  settingsCheck: string,
): { readonly note?: string } {
  if (!fromOutside || settingsCheck !== 'http') return {};
  const how =
    check === 'http'
      ? 'a backend that does not answer from here is judged by its EndpointSlices'
      : 'health is that of EndpointSlices, and --check http asks backends from here';
  return {
    note: `this runs outside the cluster: ${how}; backends in the ConfigMap keep what the plugin found out about them`,
  };
}

/** The note of `generate`, which probes from wherever it runs: in no Pod, backends are left out that Argo CD finds. */
export function probedFromHereNote(
  { snapshot, apiServer }: Pick<DiscoveryFlags, 'snapshot' | 'apiServer'>,
  settingsCheck: string | undefined,
): { readonly note?: string } {
  if (snapshot !== undefined || apiServer !== null || settingsCheck !== 'http') return {};
  return {
    note:
      'this runs outside the cluster: a new backend that does not answer from here is left out; ' +
      '--check readiness relies on EndpointSlices instead, as explain does here',
  };
}
