import * as z from 'zod';
import type { Decision, Verdict } from '../../../discovery/decision.ts';
import { phasesFor } from '../../../discovery/phase.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { stateOf } from '../../reconcile/status.ts';
import { configMapRows } from '../state/read-model.ts';
import type { ConfigMapRow } from '../state/read-model.ts';
import { operation } from '../openapi/operation.ts';
import { ofAnyCluster, pageOf, paging } from '../openapi/parameters.ts';
import { ConfigMap, listOf } from '../openapi/schemas.ts';
import { warningsOf } from './applications.ts';

export const listConfigMaps = operation({
  id: 'listConfigMaps',
  method: 'get',
  path: '/api/v1/configmaps',
  summary: 'Managed ConfigMaps: their consumer, their settings, and the number of Services by decision',
  query: z.strictObject({ ...ofAnyCluster, ...paging }),
  response: listOf(ConfigMap),
  handle: (models, { query }) => pageOf(configMapRows(models, query.configMap), query, toResponse),
});

async function toResponse({ status, model }: ConfigMapRow): Promise<z.input<typeof ConfigMap>> {
  const { application, problem } = status;
  const configMap = keyOf(status);
  const discovery = await model.discoveryOf(configMap);
  const view = application === null ? undefined : model.caches.applications.get(application);
  const warnings = warningsOf(status, (message) => model.links.line(view, message));
  const known = { cluster: model.cluster, configMap, application, problem, phase: stateOf(status), warnings };
  if (!discovery) return { ...known, consumer: null, phases: null, settings: null, services: null };
  const { metadata, candidates, conclusion } = discovery;
  return {
    ...known,
    consumer: candidates.consumer.title,
    phases: phasesFor(metadata.live).counts(conclusion.decisions),
    settings: metadata.written,
    services: countsOf(conclusion.decisions),
  };
}

function countsOf(all: readonly Decision[]): Record<'selected' | 'redundant' | 'unhealthy', number> {
  const count = (verdict: Verdict): number => all.filter(({ decision }) => decision === verdict).length;
  return { selected: count('selected'), redundant: count('redundant'), unhealthy: count('unhealthy') };
}
