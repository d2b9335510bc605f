import type { Workload } from './schemas.ts';

type Metadata = Workload['metadata'];

/** The Helm release that an object was installed with; `null` where it was not, or where Helm only rendered it. */
export function helmReleaseOf({ annotations, labels }: Metadata): string | null {
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return release;
  return labels['helm.sh/chart'] === undefined ? null : (labels['app.kubernetes.io/instance'] ?? null);
}

/** To be put behind a message whose command changes an object that comes from Git: Argo CD would undo it. */
export function gitManagedHint({ annotations }: Metadata): string {
  const [application] = (annotations['argocd.argoproj.io/tracking-id'] ?? '').split(':');
  return application === undefined || application === ''
    ? ''
    : `; the Application ${application} keeps it, so change it in Git as well`;
}
