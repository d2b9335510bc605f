import * as z from 'zod';
import type { Verdict } from '../../../discovery/decision.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { isOutOfDate } from '../../reconcile/status.ts';
import { configMapRows } from '../state/read-model.ts';
import type { ConfigMapRow } from '../state/read-model.ts';
import { operation } from '../openapi/operation.ts';
import { configMapName, ofConfigMap } from '../openapi/parameters.ts';
import { problemFor } from '../problem-details.ts';
import { Discovered } from '../openapi/schemas.ts';

export const discover = operation({
  id: 'discover',
  method: 'post',
  path: '/api/v1/discover',
  summary: 'Discover now, and probe again every backend that is not in a ConfigMap yet',
  description:
    'Discovery runs by itself within a second of any change. This request also probes unhealthy backends at once, ' +
    'without their back-off. The response shows the current state; probe results appear in later responses.',
  query: z.strictObject({}),
  body: z.strictObject({
    cluster: ofConfigMap.cluster,
    configMap: configMapName.optional().describe('Only this ConfigMap, as NAMESPACE/NAME.'),
  }),
  response: z.strictObject({ items: z.array(Discovered) }),
  problems: ['not-found'],
  handle: async (models, { body: { configMap } }) => {
    const having = models.filter((model) => configMap === undefined || model.configMaps(configMap).length > 0);
    if (configMap !== undefined && having.length === 0) throw problemFor.configMapNotFound(configMap);
    await Promise.all(having.map((model) => model.reconcile(model.configMaps(configMap).map(keyOf))));
    return { items: await Promise.all(configMapRows(having, configMap).map(toResponse)) };
  },
});

async function toResponse({ status, model }: ConfigMapRow): Promise<z.input<typeof Discovered>> {
  const { digest, desired, problem } = status;
  const discovery = await model.discoveryOf(keyOf(status));
  const withVerdict = (verdict: Verdict): string[] =>
    (discovery?.conclusion.decisions ?? [])
      .filter(({ decision }) => decision === verdict)
      .map(({ service }) => keyOf(service))
      .sort();
  return {
    cluster: model.cluster,
    configMap: keyOf(status),
    digest: digest === '' ? null : digest,
    desired,
    outOfDate: isOutOfDate(status),
    problem,
    selected: withVerdict('selected'),
    unhealthy: withVerdict('unhealthy'),
  };
}
