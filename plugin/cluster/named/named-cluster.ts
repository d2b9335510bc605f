import type { Clock } from '../../lib/clock.ts';
import { PluginError } from '../../lib/errors.ts';
import { shortened } from '../../lib/messages/text.ts';
import type { Connection } from '../connection/connection.ts';
import type { AccessRules, ClusterAccess } from './access.ts';
import { invalidAccess } from './access.ts';
import type { AccessSource } from './access-connection.ts';
import { AccessConnection } from './access-connection.ts';
import type { ClusterSecret, ClusterSecrets } from './cluster-secrets.ts';
import { hasName, readClusterSecret, readClusterSecrets, secretPlace } from './cluster-secrets.ts';
import { accessByKubeconfig, kubeconfigsIn } from './kubeconfig-folder.ts';
import type { KubeconfigFile } from './kubeconfig-folder.ts';
import { isServerUrl, sameServer } from '../../lib/cluster-name.ts';
import { suggestion } from '../../lib/messages/did-you-mean.ts';

/** A cluster chosen by name. */
export interface NamedCluster {
  /** As Argo CD knows it; the URL it was requested by if its definition has no name. */
  readonly name: string;
  /** URL of its API server as written, for comparison with an Application's destination. */
  readonly server: string;
  /** The only AppProject whose Applications may use it; `null` if all may. */
  readonly project: string | null;
  /** Refreshes its access as it ages; closed by the code that opened the cluster. */
  readonly connection: Connection;
  /** Where its access is defined, for messages. */
  readonly where: string;
}

/** Where clusters are looked up. */
export interface ClusterSources {
  /** Folder of kubeconfigs; `undefined` if the platform has none. */
  readonly folder: string | undefined;
  /** Argo CD's own cluster Secrets; `null` if none may be read. */
  readonly secrets: ClusterSecrets | null;
  readonly rules: AccessRules;
  /** Whether messages may name a cluster: those that a project may not use stay unnamed. */
  readonly mayName: (name: string) => boolean;
  readonly clock?: Clock;
  /** The Secrets as read before, when several clusters are looked up at once. */
  readonly listed?: () => Promise<readonly ClusterSecret[]>;
}

/** A file is cheap to read, so a rotated token takes effect at once. */
const fileFreshMs = 1_000;
/** A Secret costs a request to the local cluster. */
const secretFreshMs = 60_000;

const maxListed = 10;

/**
 * Looks a cluster up by name or by the URL of its API server: first among the kubeconfigs, then among Argo CD's
 * Secrets. Rejects with CLUSTER_UNKNOWN, CLUSTER_ACCESS_INVALID, or the error of reading Secrets.
 */
export async function openCluster(called: string, sources: ClusterSources): Promise<NamedCluster> {
  const { folder, secrets, rules, mayName } = sources;
  const inFolder = folder === undefined ? null : await inKubeconfigs(called, folder);
  const found = inFolder?.found ?? (secrets && (await inSecrets(called, secrets, sources.listed)));
  if (!found || 'others' in found) {
    const known = [...(inFolder?.others ?? []), ...(found?.others ?? [])];
    throw unknownCluster(
      called,
      [...new Set(known)].filter((name) => name !== '' && mayName(name)),
    );
  }
  const { access, source, ...cluster } = found;
  return { ...cluster, where: source.where, connection: new AccessConnection(access, source, rules, sources.clock) };
}

/**
 * The names of all clusters that can be looked up, in alphabetical order. Rejects with the error of reading Secrets.
 */
export async function clusterNames({ folder, secrets, listed }: ClusterSources): Promise<readonly string[]> {
  const files = folder === undefined ? [] : await kubeconfigsIn(folder);
  const own = secrets ? await (listed?.() ?? readClusterSecrets(secrets)) : [];
  return [...new Set([...files, ...own].map(({ name }) => name).filter((name) => name !== ''))].sort();
}

interface FoundCluster extends Pick<NamedCluster, 'name' | 'server' | 'project'> {
  readonly access: ClusterAccess;
  readonly source: AccessSource;
}

/** The clusters that exist instead, by name. */
interface NotFound {
  readonly others: readonly string[];
}

async function inKubeconfigs(
  called: string,
  folder: string,
): Promise<NotFound & { readonly found: FoundCluster | null }> {
  const files = await kubeconfigsIn(folder);
  const others = files.map(({ name }) => name);
  if (isServerUrl(called)) {
    for (const one of files) {
      // Another file being invalid must not keep this one from being found.
      const access = await accessByKubeconfig(folder, one.file, '').catch(() => null);
      if (access && sameServer(access.server, called)) return { others, found: await kubeconfig(folder, one) };
    }
    return { others, found: null };
  }
  const [one, twin] = files.filter(({ name }) => name === called);
  if (!one) return { others, found: null };
  if (twin) throw invalidAccess(kubeconfigPlace(one.file), `${twin.file} has the same name`, 'remove one of them');
  return { others, found: await kubeconfig(folder, one) };
}

async function kubeconfig(folder: string, { name, file }: KubeconfigFile): Promise<FoundCluster> {
  const where = kubeconfigPlace(file);
  const load = (): Promise<ClusterAccess> => accessByKubeconfig(folder, file, where);
  const access = await load();
  return { name, server: access.server, project: null, access, source: { where, load, freshForMs: fileFreshMs } };
}

function kubeconfigPlace(file: string): string {
  return `the kubeconfig ${file} of --clusters`;
}

async function inSecrets(
  called: string,
  secrets: ClusterSecrets,
  listed: ClusterSources['listed'],
): Promise<FoundCluster | NotFound> {
  const all = await (listed?.() ?? readClusterSecrets(secrets));
  const [one, twin] = all.filter((secret) => hasName(secret, called));
  if (!one) return { others: all.map(({ name }) => name) };
  const where = secretPlace(secrets, one.secret);
  if (twin)
    throw invalidAccess(where, `${secretPlace(secrets, twin.secret)} is the same cluster`, 'remove one of them');
  const { project } = one;
  const load = async (): Promise<ClusterAccess> => {
    const now = await readClusterSecret(secrets, one.secret);
    if (now?.project === project && hasName(now, called)) return now.access();
    throw unknownCluster(called, []);
  };
  return {
    name: one.name === '' ? called : one.name,
    server: one.server,
    project,
    access: one.access(),
    source: { where, load, freshForMs: secretFreshMs },
  };
}

function unknownCluster(called: string, known: readonly string[]): PluginError {
  const listed = shortened(known, maxListed).join(', ');
  return new PluginError(
    'CLUSTER_UNKNOWN',
    `there is no cluster ${JSON.stringify(called)}${suggestion(called, known)}`,
    {
      hint:
        known.length > 0
          ? `these are known: ${listed}; a platform administrator adds others to --clusters or --cluster-secret`
          : 'a platform administrator sets where clusters are looked up with --clusters or --cluster-secret: docs/clusters.md',
    },
  );
}
