import type { Flags } from '../flags/flags.ts';

/** How Services of the cluster itself name its API server. */
const ownNames = ['kubernetes.default.svc', 'kubernetes.default'];

/**
 * Whether this runs outside of the cluster that it reads: in no Pod, or in one of another cluster. Where nothing told
 * of the environment it does not.
 */
export async function isOutside(flags: Flags): Promise<boolean> {
  const { serviceHost } = flags;
  if (flags.snapshot !== undefined || serviceHost === undefined) return false;
  if (serviceHost === null) return true;
  const { connect } = await import('../../cluster/connection/connect.ts');
  const connection = await connect(flags);
  connection.close();
  const { hostname } = connection.server;
  return ![serviceHost, `[${serviceHost}]`, ...ownNames].includes(hostname);
}

/** For commands that only look: health is what the cluster says, and not what can be reached from here. */
export async function asSeenFromHere(flags: Flags): Promise<Flags> {
  return { ...flags, fromOutside: await isOutside(flags) };
}

/** What a run from outside says of itself; nothing where it makes no difference. */
export function outsideNote({ fromOutside, check }: Flags, settingsCheck: string): { readonly note?: string } {
  if (!fromOutside || settingsCheck !== 'http') return {};
  const how =
    check === 'http'
      ? 'a backend that does not answer from here counts by its EndpointSlices'
      : 'health is by EndpointSlices, and --check http asks backends from here';
  return {
    note: `this runs outside of the cluster: ${how}; what the plugin found out about those in the ConfigMap holds`,
  };
}
