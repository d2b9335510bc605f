import type { Container, Workload } from './schemas.ts';

/** An argument of a command, quoted for a shell where it has to be. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
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
