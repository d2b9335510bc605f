import { trackedBy } from '../argocd/application.ts';
import type { ApplicationView } from '../argocd/application.ts';
import { keyOf } from '../lib/object-key.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import { readDiscoverySettings, settingsAnnotation } from '../customizations/discovery-settings.ts';
import type { Check } from './check.ts';
import { problem } from './check.ts';
import type { Target } from './consumer.ts';
import { tryRead, unknown } from './forbidden.ts';
import type { Workload } from './schemas.ts';
import type { View } from './cluster-reader.ts';

type Spec = ToolsetConfig['spec'];

/** A ConfigMap that an Application made, and the settings that it was made with. */
export interface ManagedConfigMap extends Target {
  readonly spec: Spec;
  readonly project: string;
}

/** The ConfigMaps that Argo CD keeps for an Application; a check for each that is not there or may not be read. */
export async function managedConfigMapsOf(
  application: ApplicationView,
  view: View,
  defaults: Spec,
  user: string | null,
): Promise<readonly (ManagedConfigMap | Check)[]> {
  return Promise.all(
    application.configMaps.map(async ({ namespace, name }): Promise<ManagedConfigMap | Check> => {
      const subject = `ConfigMap ${namespace}/${name}`;
      const live = await tryRead(() => view.configMap({ namespace, name }));
      if ('denied' in live) return unknown('consumer', subject, live.denied, user);
      if (live.value === null) {
        const sync = `kubectl --namespace ${application.namespace} patch application ${application.name} --type merge --patch '{"operation":{"sync":{}}}'`;
        return problem('consumer', subject, `it is not there, though ${keyOf(application)} should make it`, sync);
      }
      const { annotations, data } = live.value;
      const settings = readDiscoverySettings(annotations[settingsAnnotation] ?? '', { namespace, name });
      const spec = 'spec' in settings ? settings.spec : defaults;
      const { project } = application;
      return { namespace, name, keys: Object.keys(data), format: spec.target.format, spec, project };
    }),
  );
}

type Metadata = Workload['metadata'];

/** The Helm release that an object was installed with; `null` where it was not, or where Helm only rendered it. */
export function helmReleaseOf({ annotations, labels }: Metadata): string | null {
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return release;
  return labels['helm.sh/chart'] === undefined ? null : (labels['app.kubernetes.io/instance'] ?? null);
}

/** To be put behind a message whose command changes an object that comes from Git: Argo CD would undo it. */
export function gitManagedHint(application: string | null): string {
  return application === null ? '' : `; the Application ${application} keeps it, so change it in Git as well`;
}

/** The same for an object with Argo CD's tracking id. */
export function trackedHint({ annotations }: Metadata): string {
  return gitManagedHint(trackedBy(annotations));
}
