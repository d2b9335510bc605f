import { dump } from 'argo-cd-js-yaml';
import { diffLines } from 'diff';

/** What Argo CD's UI shows of a difference. */
export interface UiDiff {
  /** The two documents as the UI prints them, without fields of Kubernetes and Argo CD themselves. */
  readonly live: string;
  readonly target: string;
  /** `- ` before a line only in the live object, `+ ` before one only in the target; indented as in the UI. */
  readonly lines: readonly string[];
}

interface Shown {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The difference of two objects, computed as in the UI: both as YAML, line by line. */
export function uiLines(liveObject: Shown, targetObject: Shown): UiDiff {
  const [live, target] = [write(liveObject), write(targetObject)];
  const changes = diffLines(live, target).filter(({ added, removed }) => added || removed);
  const lines = changes.flatMap(({ value, added }) =>
    value.split('\n').flatMap((line) => (line === '' ? [] : `${added ? '+' : '-'} ${line}`)),
  );
  return { live, target, lines };
}

function write({ metadata, ...rest }: Shown): string {
  const { managedFields: _ours, annotations, ...others } = metadata as typeof metadata & { managedFields?: unknown };
  const shown = Object.entries(annotations ?? {}).filter(([name]) => name !== lastApplied);
  return dump({ ...rest, metadata: { ...others, annotations: Object.fromEntries(shown) } }, { indent: 2 });
}
