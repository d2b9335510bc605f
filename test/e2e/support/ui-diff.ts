import type { KubeObject } from '../../cluster/parts/objects.ts';
import { uiLines } from '../../support/ui-lines.ts';
import type { UiDiff } from '../../support/ui-lines.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { configMapName } from './scene.ts';

interface ManagedResources {
  readonly items: readonly {
    readonly name: string;
    readonly normalizedLiveState: string;
    readonly predictedLiveState: string;
  }[];
}

/** The difference of the ConfigMap as Argo CD's UI shows it: both states come from the API. */
export async function uiDiff({ apiUrl }: ArgoCd, application: string): Promise<UiDiff> {
  const response = await fetch(`${apiUrl}/api/v1/applications/${application}/managed-resources`);
  const { items } = (await response.json()) as ManagedResources;
  const item = items.find(({ name }) => name === configMapName);
  if (!item) throw new Error(`Argo CD manages no ${configMapName} for ${application}`);
  return uiLines(JSON.parse(item.normalizedLiveState) as KubeObject, JSON.parse(item.predictedLiveState) as KubeObject);
}
