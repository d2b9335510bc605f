import * as z from 'zod';
import type { Verdict } from '../../../discovery/decision.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { isOutOfDate } from '../../reconcile/status.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import type { ReadModel } from '../state/read-model.ts';
import { operation } from '../openapi/operation.ts';
import { configMapName } from '../openapi/parameters.ts';
import { problemFor } from '../problem-details.ts';
import { Discovered } from '../openapi/schemas.ts';

export const discover = operation({
  id: 'discover',
  method: 'post',
  path: '/api/v1/discover',
  summary: 'Discovers now, and asks every backend again that is not in a ConfigMap yet',
  description:
    'Discovery goes on by itself, within a second of any change. This asks unhealthy backends at once instead of after ' +
    'their pause; the answer is of now, and what they answer is seen in later ones.',
  query: z.strictObject({}),
  body: z.strictObject({
    configMap: configMapName.optional().describe('Only for this ConfigMap, as NAMESPACE/NAME.'),
  }),
  answer: z.strictObject({ items: z.array(Discovered) }),
  problems: ['not-found'],
  handle: async (model, { body: { configMap } }) => {
    const keys = model.configMaps(configMap).map(keyOf);
    if (configMap !== undefined && keys.length === 0) throw problemFor.configMapNotFound(configMap);
    await model.reconcile(keys);
    const items = model.configMaps(configMap).map((one) => answerOf(one, model));
    return { items: await Promise.all(items) };
  },
});

async function answerOf(one: ConfigMapStatus, model: ReadModel): Promise<z.input<typeof Discovered>> {
  const { digest, desired: wanted, problem } = one;
  const explained = await model.explained(keyOf(one));
  const withVerdict = (verdict: Verdict): string[] =>
    (explained?.conclusion.decisions ?? [])
      .filter(({ decision }) => decision === verdict)
      .map(({ service }) => keyOf(service))
      .sort();
  return {
    ...{ configMap: keyOf(one), digest: digest === '' ? null : digest, wanted, behind: isOutOfDate(one) },
    problem: problem?.message ?? null,
    ...{ selected: withVerdict('selected'), unhealthy: withVerdict('unhealthy') },
  };
}
