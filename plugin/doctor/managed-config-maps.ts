import type { FieldManager } from '../argocd/field-managers.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Spec } from '../settings/schema/index.ts';
import { settingsAnnotation } from '../customizations/discovery-settings.ts';
import { readDiscoverySettings } from '../customizations/read-discovery-settings.ts';
import type { DoctorApplication } from './argocd/spec.ts';
import type { Target } from './consumer.ts';
import { syncCommand } from './fix-commands.ts';
import { tryRead, unknown } from './permissions/forbidden.ts';
import type { Check } from './reasons.ts';
import { because, finding } from './reasons.ts';
import type { ClusterReader } from './cluster-reader.ts';

/** A ConfigMap that an Application manages, and the settings that it was generated with. */
export interface ManagedConfigMap extends Target {
  readonly spec: Spec;
  readonly project: string;
  readonly managers: readonly FieldManager[];
}

/**
 * The ConfigMaps that an Application lists, in its order: one that the plugin generates, a check of one that does not
 * exist, may not be read or is left over, and `null` for one of another source.
 */
export async function managedConfigMapsOf(
  application: DoctorApplication,
  reader: ClusterReader,
  defaults: Spec,
  user: string | null,
): Promise<readonly (ManagedConfigMap | Check | null)[]> {
  return Promise.all(
    application.configMaps.map(async ({ namespace, name, status }): Promise<ManagedConfigMap | Check | null> => {
      const subject = `ConfigMap ${namespace}/${name}`;
      if (application.otherCluster !== null) {
        const cluster = JSON.stringify(application.otherCluster);
        return finding(because('ConfigMapElsewhere', { cluster }), subject);
      }
      const live = await tryRead(() => reader.configMap({ namespace, name }));
      if ('denied' in live) return unknown('consumer', subject, live.denied, user);
      if (live.value === null) {
        const reason = because('ConfigMapMissing', { application: keyOf(application) });
        return finding(reason, subject, { fix: [syncCommand(application)] });
      }
      const { annotations, data, managers } = live.value;
      // Of a single source, it is the one to be generated.
      if (annotations[settingsAnnotation] === undefined && application.multiSource) return null;
      if (status === 'RequiresPruning') {
        const fix = [`kubectl --namespace ${namespace} delete configmap ${name}`];
        return finding(because('LeftOver', { application: keyOf(application) }), subject, { fix });
      }
      const settings = readDiscoverySettings(annotations[settingsAnnotation] ?? '', { namespace, name });
      const spec = 'spec' in settings ? settings.spec : defaults;
      const { project } = application;
      return { namespace, name, keys: Object.keys(data), format: spec.target.format, spec, project, managers };
    }),
  );
}
