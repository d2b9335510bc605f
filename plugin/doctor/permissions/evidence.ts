import { customResources } from '../../../detectors/index.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import { compare } from '../../lib/object-key.ts';
import { shortened } from '../../lib/messages/text.ts';
import type { Account, Right } from './access.ts';
import { resourceName, subjectOf } from './access.ts';
import { applied } from '../fix-commands.ts';
import type { Check } from '../reasons.ts';
import { because, finding } from '../reasons.ts';
import { serveAccount } from '../serve.ts';

/** Most namespaces named in a message. */
const maxNamed = 3;

/** What generation reads beyond Services: Pods, and the custom resources whose API group the cluster serves. */
export function evidenceRights(scope: NamespaceScope, servedGroups: ReadonlySet<string>): readonly Right[] {
  const read = [{ group: '', resource: 'pods' }, ...customResources.filter(({ group }) => servedGroups.has(group))];
  return (scope === 'cluster' ? [null] : scope).flatMap((namespace) =>
    read.map(({ group, resource }): Right => ({ group, resource, verb: 'get', namespace })),
  );
}

/** Which evidence the account may read. Lacking all of it breaks nothing: Services are used instead. */
export function checkEvidence(account: Account, asked: readonly Right[], missing: readonly Right[]): Check {
  const subject = subjectOf(account);
  if (missing.length === 0) return finding(because('EvidenceReadable', { resources: named(asked) }), subject);
  return finding(because('EvidenceForbidden', { resources: named(missing) }), subject, {
    fix: grant(missing, account),
  });
}

/** `pods, prometheuses.monitoring.coreos.com in all namespaces`. */
function named(rights: readonly Right[]): string {
  const resources = [...new Set(rights.map(resourceName))].sort(compare);
  const namespaces = namespacesOf(rights);
  const where =
    namespaces.length === 0 ? 'in all namespaces' : `in namespace ${shortened(namespaces, maxNamed).join(', ')}`;
  return `${resources.join(', ')} ${where}`;
}

function namespacesOf(rights: readonly Right[]): string[] {
  return [...new Set(rights.flatMap(({ namespace }) => namespace ?? []))].sort(compare);
}

/**
 * Binds the role of the manifests with a separate binding, so that existing ones stay; serve must see what the plugin
 * sees. In selected namespaces a Role in each, which needs no cluster-wide permission.
 */
function grant(missing: readonly Right[], account: Account): string[] {
  const accounts = [account, serveAccount].map(({ namespace, name }) => `--serviceaccount=${namespace}:${name}`);
  const bind = (kind: string, options: string): string =>
    `kubectl create ${kind} dynamic-toolset-evidence-granted ${options}=dynamic-toolset-evidence ${accounts.join(' ')} ${applied}`;
  return [
    ...(missing.some(({ namespace }) => namespace === null)
      ? [
          'kubectl apply --filename=manifests/rbac/evidence/cluster-role.yaml',
          bind('clusterrolebinding', '--clusterrole'),
        ]
      : []),
    ...namespacesOf(missing).flatMap((namespace) => [
      `kubectl kustomize manifests/rbac/evidence-namespaced/role | kubectl apply --namespace=${namespace} --filename=-`,
      bind('rolebinding', `--namespace=${namespace} --role`),
    ]),
  ];
}
