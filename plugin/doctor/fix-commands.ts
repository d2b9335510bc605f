import { trackedBy } from '../argocd/application.ts';
import type { Json } from '../lib/json.ts';
import type { Manager } from './reasons.ts';
import type { Container, Workload } from './schemas.ts';

/** An argument of a command, quoted for a shell where it has to be. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The cluster that was checked, as it was named; what is not named is what kubectl and helm take by themselves. */
export interface NamedCluster {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Texts in single quotes, and where a command of kubectl or helm begins. */
const programs = /'[^']*'|(?<=^|\| |\$\()(kubectl|helm)(?= )/g;

/** The command with kubectl and helm at the cluster that was checked, which need not be that of the current context. */
export function atCluster(command: string, { kubeconfig, context }: NamedCluster): string {
  const file = kubeconfig === undefined ? '' : ` --kubeconfig ${quoted(kubeconfig)}`;
  return command.replace(programs, (found: string, program: string | undefined) => {
    if (program === undefined) return found;
    const flag = program === 'helm' ? '--kube-context' : '--context';
    return `${program}${file}${context === undefined ? '' : ` ${flag} ${quoted(context)}`}`;
  });
}

/** The Application that Argo CD applies an object for; `null` where it applies none. */
export function applicationOf(annotations: Json): Manager | null {
  const name = trackedBy(annotations);
  return name === null ? null : { kind: 'Application', name };
}

/** What a workload comes from; `null` where it was applied by itself. */
export function managerOf({ metadata }: Workload): Manager | null {
  const application = applicationOf(metadata.annotations);
  if (application) return application;
  const operator = operatorOf(metadata);
  if (operator !== null) return { kind: 'ArgoCD', name: operator };
  const release = helmReleaseOf(metadata);
  return release === null ? null : { kind: 'Helm release', name: release };
}

/** The resource by which argocd-operator makes an object; `null` where it does not. */
export function operatorOf({ ownerReferences }: Workload['metadata']): string | null {
  return ownerReferences.find(({ kind }) => kind === 'ArgoCD')?.name ?? null;
}

/** Gives a container of the workload another image. */
export function setImage({ kind, metadata }: Workload, { name }: Container, image: string): string {
  const { namespace, name: workload } = metadata;
  return `kubectl --namespace ${namespace} set image ${kind.toLowerCase()}/${workload} ${quoted(`${name}=${image}`)}`;
}

/** The Helm release that an object was installed with; `null` where it was not, or where Helm only rendered it. */
export function helmReleaseOf({ annotations, labels }: Workload['metadata']): string | null {
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return release;
  return labels['helm.sh/chart'] === undefined ? null : (labels['app.kubernetes.io/instance'] ?? null);
}

/**
 * Arguments of `kubectl patch`: the file itself where the workload has the name that stands in it, else its text with
 * that name replaced.
 */
export function patchFile(file: string, nameInFile: string, name: string): string {
  return nameInFile === name ? `--patch-file ${file}` : `--patch "$(sed 's/^  name: .*/  name: ${name}/' ${file})"`;
}
