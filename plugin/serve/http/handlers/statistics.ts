import * as z from 'zod';
import type { Decision } from '../../../discovery/decision.ts';
import { compare, keyOf } from '../../../lib/object-key.ts';
import { stateOf } from '../../reconcile/status.ts';
import { operation } from '../openapi/operation.ts';
import { ofConfigMap } from '../openapi/parameters.ts';
import { Statistics } from '../openapi/schemas.ts';

export const getStatistics = operation({
  id: 'getStatistics',
  method: 'get',
  path: '/api/v1/statistics',
  summary: 'Numbers of ConfigMaps by state, and of discovered Services by detector, decision and reason',
  description: 'A Service counts once for each ConfigMap. /api/v1/explain has the Services that are no backends.',
  query: z.strictObject(ofConfigMap),
  response: Statistics,
  handle: async (models, { query: { configMap } }) => {
    const rows = models.flatMap((model) => model.configMaps(configMap).map((one) => ({ one, model })));
    const all = rows.map(({ one }) => one);
    const discoveries = await Promise.all(rows.map(({ one, model }) => model.discoveryOf(keyOf(one))));
    const decisions = discoveries.flatMap((one) => one?.conclusion.decisions ?? []);
    const states = all.map(stateOf);
    const ofState = (state: (typeof states)[number]): number => states.filter((one) => one === state).length;
    return {
      configMaps: {
        total: all.length,
        upToDate: ofState('up-to-date'),
        outOfDate: ofState('out-of-date'),
        empty: ofState('empty'),
        problem: ofState('problem'),
      },
      services: countsOf(decisions),
    };
  },
});

/** Sorted by detector, decision and reason. */
function countsOf(decisions: readonly Decision[]): z.input<typeof Statistics>['services'] {
  const groups = Map.groupBy(
    decisions.filter(({ detector }) => detector !== null),
    ({ detector, decision, reason }) => `${detector?.id ?? ''} ${decision} ${reason}`,
  );
  return [...groups]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([, [first, ...others]]) =>
      first
        ? [
            {
              type: first.detector?.id ?? '',
              decision: first.decision,
              reason: first.reason,
              count: 1 + others.length,
            },
          ]
        : [],
    );
}
