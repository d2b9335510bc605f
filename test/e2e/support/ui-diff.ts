import { dump } from 'argo-cd-js-yaml';
import { diffLines } from 'diff';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { configMapName } from './scene.ts';

/** What Argo CD's UI shows of a difference. */
export interface UiDiff {
  /** The two documents as it writes them, without what is Kubernetes' and Argo CD's own. */
  readonly live: string;
  readonly target: string;
  /** `- ` before a line that only the live object has, `+ ` before one that only the target has; indented as there. */
  readonly lines: readonly string[];
}

interface ManagedResources {
  readonly items: readonly {
    readonly name: string;
    readonly normalizedLiveState: string;
    readonly predictedLiveState: string;
  }[];
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The difference of the ConfigMap, made as the UI makes it: both states from the API, as YAML, by lines. */
export async function uiDiff({ apiUrl }: ArgoCd, application: string): Promise<UiDiff> {
  const response = await fetch(`${apiUrl}/api/v1/applications/${application}/managed-resources`);
  const { items } = (await response.json()) as ManagedResources;
  const item = items.find(({ name }) => name === configMapName);
  if (!item) throw new Error(`Argo CD manages no ${configMapName} for ${application}`);
  const [live, target] = [write(item.normalizedLiveState), write(item.predictedLiveState)];
  const changes = diffLines(live, target).filter(({ added, removed }) => added || removed);
  const lines = changes.flatMap(({ value, added }) =>
    value.split('\n').flatMap((line) => (line === '' ? [] : `${added ? '+' : '-'} ${line}`)),
  );
  return { live, target, lines };
}

function write(state: string): string {
  const { metadata, ...rest } = JSON.parse(state) as KubeObject;
  const { managedFields: _ours, annotations, ...others } = metadata as typeof metadata & { managedFields?: unknown };
  const shown = Object.entries(annotations ?? {}).filter(([name]) => name !== lastApplied);
  return dump({ ...rest, metadata: { ...others, annotations: Object.fromEntries(shown) } }, { indent: 2 });
}
