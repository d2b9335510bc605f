import type { LiveConfigMap } from '../../cluster/types.ts';
import { PluginError } from '../../lib/errors.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import { printable } from '../../lib/messages/text.ts';
import { parseLiveYaml } from '../../settings/yaml/parse.ts';
import { inlineSecrets } from '../../secrets/index.ts';
import { digestAnnotation } from '../../customizations/discovery-settings.ts';
import { getOwn } from '../../lib/json.ts';

/** On a recorded ConfigMap: the keys whose data was left out, one line each with the reason. */
const withheldAnnotation = 'kubernaut.io/snapshot-withheld';

/** What a snapshot contains of the live ConfigMap. */
export interface RecordedData {
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  /** One sentence per key that was left out. */
  readonly withheld: readonly string[];
}

/**
 * The data of a generated ConfigMap, without keys whose text looks like a secret, which a manual edit may have added.
 * The data of all other ConfigMaps is left out entirely, since it may hold anything.
 */
export function recordedData({ annotations, data }: LiveConfigMap): RecordedData {
  const isOurs = digestAnnotation in annotations;
  const reasons = Object.entries(data).map(
    ([key, text]) => [key, isOurs ? secretReason(key, text) : notOurs(key)] as const,
  );
  const kept = reasons.flatMap(([key, reason]) => (reason === null ? [[key, getOwn(data, key) ?? ''] as const] : []));
  const withheld = [...linesOf(annotations), ...reasons.flatMap(([, reason]) => reason ?? [])];
  return {
    annotations: withheld.length === 0 ? annotations : { ...annotations, [withheldAnnotation]: withheld.join('\n') },
    data: Object.fromEntries(kept),
    withheld,
  };
}

/** Fails with LIVE_UNREADABLE if the snapshot lacks part of the ConfigMap's data. */
export function assertWhole({ annotations }: LiveConfigMap, where: string): void {
  const withheld = linesOf(annotations);
  if (withheld.length === 0) return;
  throw new PluginError(
    'LIVE_UNREADABLE',
    `the snapshot does not hold all data of the ConfigMap ${where}: ${withheld.map(printable).join('; ')}`,
    {
      hint: 'use the cluster itself, or a snapshot of kubectl get svc,endpointslices,ns,cm -A -o yaml, which keeps it',
    },
  );
}

function linesOf(annotations: LiveConfigMap['annotations']): string[] {
  return annotations[withheldAnnotation]?.split('\n') ?? [];
}

function notOurs(key: string): string {
  return `${key} is of a ConfigMap without the annotation ${digestAnnotation}, so this program did not make it`;
}

function secretReason(key: string, text: string): string | null {
  const file = parseLiveYaml({ name: key, text });
  if (!file) return `${key} is not valid YAML and may hold a secret`;
  const [secret] = inlineSecrets(file);
  return secret ? `${formatLocation(secret.location)} ${secret.message}` : null;
}
