import { trackedBy } from '../argocd/application.ts';
import type { Json } from '../lib/json.ts';
import type { ObjectName } from '../lib/object-key.ts';
import type { Manager } from './reasons.ts';
import type { Container, Workload } from './schemas.ts';

/** A command argument, shell-quoted if necessary. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The checked cluster, as named on the command line; anything else is left to the defaults of kubectl and helm. */
export interface NamedCluster {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Texts in single quotes, and the start of each kubectl or helm command. */
const programs = /'[^']*'|(?<=^|\| |\$\()(kubectl|helm)(?= )/g;

/** The command with kubectl and helm directed at the checked cluster, which may differ from the current context. */
export function atCluster(command: string, { kubeconfig, context }: NamedCluster): string {
  const file = kubeconfig === undefined ? '' : ` --kubeconfig ${quoted(kubeconfig)}`;
  return command.replace(programs, (found: string, program: string | undefined) => {
    if (program === undefined) return found;
    const flag = program === 'helm' ? '--kube-context' : '--context';
    return `${program}${file}${context === undefined ? '' : ` ${flag} ${quoted(context)}`}`;
  });
}

/** The Application for which Argo CD applies an object; `null` if there is none. */
export function applicationOf(annotations: Json): Manager | null {
  const name = trackedBy(annotations);
  return name === null ? null : { kind: 'Application', name };
}

/** What manages a workload; `null` if it was applied by itself. */
export function managerOf({ metadata }: Workload): Manager | null {
  const application = applicationOf(metadata.annotations);
  if (application) return application;
  const operator = operatorOf(metadata);
  if (operator !== null) return { kind: 'ArgoCD', name: operator };
  const release = helmReleaseOf(metadata);
  return release === null ? null : { kind: 'Helm release', name: release };
}

/** The resource from which argocd-operator makes an object; `null` if it does not. */
export function operatorOf({ ownerReferences }: Workload['metadata']): string | null {
  return ownerReferences.find(({ kind }) => kind === 'ArgoCD')?.name ?? null;
}

/** One operation of a JSON Patch. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string };

/** The command that patches an object, with a merge patch or a JSON Patch. */
export function patchCommand(
  { namespace, name }: ObjectName,
  kind: string,
  type: 'merge' | 'json',
  change: object,
): string {
  return `kubectl --namespace ${namespace} patch ${kind} ${name} --type ${type} --patch ${quoted(JSON.stringify(change))}`;
}

/** The command that has Argo CD sync an Application. */
export function syncCommand(application: ObjectName): string {
  return patchCommand(application, 'application', 'merge', { operation: { sync: {} } });
}

/** Behind a command of kubectl that creates: applies instead, so that it can be pasted twice. */
export const applied = '--dry-run=client --output=yaml | kubectl apply --filename=-';

/** The command to set the image of a container in the workload. */
export function setImage({ kind, metadata }: Workload, { name }: Container, image: string): string {
  const { namespace, name: workload } = metadata;
  return `kubectl --namespace ${namespace} set image ${kind.toLowerCase()}/${workload} ${quoted(`${name}=${image}`)}`;
}

/** The Helm release of an object; `null` if it was not installed by Helm, or only rendered by it. */
export function helmReleaseOf({ annotations, labels }: Workload['metadata']): string | null {
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return release;
  return labels['helm.sh/chart'] === undefined ? null : (labels['app.kubernetes.io/instance'] ?? null);
}

/**
 * Arguments of `kubectl patch`: the file itself if the workload has the name in the file, else its text with that name
 * replaced.
 */
export function patchFile(file: string, nameInFile: string, name: string): string {
  return nameInFile === name ? `--patch-file ${file}` : `--patch "$(sed 's/^  name: .*/  name: ${name}/' ${file})"`;
}
