import * as z from 'zod';
import type { Decision } from '../../../discovery/decision.ts';
import { compare, keyOf } from '../../../lib/object-key.ts';
import { stateOf } from '../../reconcile/status.ts';
import { operation } from '../openapi/operation.ts';
import { ofConfigMap } from '../openapi/parameters.ts';
import { Statistics } from '../openapi/schemas.ts';
import { configMapRows } from '../state/read-model.ts';

export const getStatistics = operation({
  id: 'getStatistics',
  method: 'get',
  path: '/api/v1/statistics',
  summary: 'Numbers of ConfigMaps by state, and of discovered Services by detector, decision and reason',
  description: 'A Service counts once for each ConfigMap. /api/v1/explain has the Services that are no backends.',
  query: z.strictObject(ofConfigMap),
  response: Statistics,
  handle: async (models, { query: { configMap } }) => {
    const rows = configMapRows(models, configMap);
    const discoveries = await Promise.all(rows.map(({ status, model }) => model.discoveryOf(keyOf(status))));
    const decisions = discoveries.flatMap((one) => one?.conclusion.decisions ?? []);
    const states = rows.map(({ status }) => stateOf(status));
    const ofState = (state: (typeof states)[number]): number => states.filter((one) => one === state).length;
    return {
      configMaps: {
        total: rows.length,
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
