import type { ConfigMapName, NamespaceScope } from '../../cluster/types.ts';
import { applied } from '../fix-commands.ts';
import type { Check } from '../reasons.ts';
import { because, finding } from '../reasons.ts';

/** One permission that the plugin needs from the API server. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: 'list' | 'get';
  /** `null` for the whole cluster. */
  readonly namespace: string | null;
  readonly name?: string;
}

/** The service account that the plugin runs as. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** The resource as kubectl names it: `RESOURCE`, or `RESOURCE.GROUP`. */
export function resourceName({ group, resource }: Right): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** Everything that a generation reads, as granted by manifests/rbac. */
export function neededRights(scope: NamespaceScope, readsEndpoints: boolean, target: ConfigMapName): readonly Right[] {
  const namespaces = scope === 'cluster' ? [null] : scope;
  const list = { group: '', verb: 'list' } as const;
  return [
    ...namespaces.map((namespace): Right => ({ ...list, resource: 'services', namespace })),
    ...(scope === 'cluster' ? [{ ...list, resource: 'namespaces', namespace: null } as const] : []),
    ...(readsEndpoints
      ? namespaces.map((namespace): Right => ({
          group: 'discovery.k8s.io',
          resource: 'endpointslices',
          verb: 'list',
          namespace,
        }))
      : []),
    { group: '', resource: 'configmaps', verb: 'get', ...target },
  ];
}

/** Read to find out which cluster an Application deploys to: the repo-server gives a plugin only its name. */
export function applicationRights(applications: readonly { readonly namespace: string }[]): readonly Right[] {
  const namespaces = new Set(applications.map(({ namespace }) => namespace));
  return [...namespaces].map((namespace) => ({
    group: 'argoproj.io',
    resource: 'applications',
    verb: 'get',
    namespace,
  }));
}

/** The permissions that the account lacks, with the commands that grant them. */
export function checkAccess(account: Account, needed: readonly Right[], missing: readonly Right[]): Check {
  const subject = subjectOf(account);
  if (missing.length === 0) return finding(because('PermissionsGranted'), subject);
  // `kubectl apply` replaces the whole role: the missing rights alone would revoke those that an earlier fix granted.
  const roles = [
    ...Map.groupBy(needed, ({ verb, namespace, name }) => `${verb} ${namespace ?? ''} ${partOf(verb, name)}`).values(),
  ];
  const lacking = roles.filter((rights) => rights.some((right) => missing.includes(right)));
  const fix = lacking.flatMap((rights) => grant(rights, account));
  return finding(because('PermissionsMissing', { permissions: missing.map(describe).join(', ') }), subject, { fix });
}

export function subjectOf({ namespace, name }: Account): string {
  return `ServiceAccount ${namespace}/${name}`;
}

function describe({ verb, resource, namespace, name }: Right): string {
  const what = name === undefined ? resource : `${resource}/${name}`;
  return `${verb} ${what} ${namespace === null ? 'in all namespaces' : `in namespace ${namespace}`}`;
}

/**
 * Distinguishes the roles of a namespace: `kubectl create role` gives all of its resources the same verbs and names.
 */
function partOf(verb: Right['verb'], name: string | undefined): string {
  if (verb === 'list') return '';
  return name === undefined ? '-application' : '-target';
}

/** A separate role, so that existing roles stay as they are; applied, so that it can be pasted twice. */
function grant(rights: readonly Right[], account: Account): string[] {
  const [{ namespace, name, verb } = { namespace: null, verb: 'list' as const }] = rights;
  const resources = [...new Set(rights.map(resourceName))].join(',');
  const named = rights.map((right) => (right.name === undefined ? '' : ` --resource-name=${right.name}`)).join('');
  const [kind, binding] = namespace === null ? ['clusterrole', 'clusterrolebinding'] : ['role', 'rolebinding'];
  const role = `dynamic-toolset-granted${partOf(verb, name)}`;
  const place = namespace === null ? '' : ` --namespace=${namespace}`;
  return [
    `kubectl create ${kind} ${role}${place} --verb=${verb} --resource=${resources}${named} ${applied}`,
    `kubectl create ${binding} ${role}${place} --${kind}=${role} --serviceaccount=${account.namespace}:${account.name} ${applied}`,
  ];
}
