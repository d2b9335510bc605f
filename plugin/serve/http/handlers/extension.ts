import * as z from 'zod';
import type { Verdict } from '../../../discovery/decision.ts';
import { phasesFor } from '../../../discovery/phase.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { ExtensionCaller } from '../auth/extension-access.ts';
import { everyCluster } from '../auth/cluster-access.ts';
import { operation } from '../openapi/operation.ts';
import { configMapName, pageOf } from '../openapi/parameters.ts';
import { Application, decisions, ExtensionConfigMap, listOf } from '../openapi/schemas.ts';
import { problemFor } from '../problem-details.ts';
import { sortByService } from '../state/non-candidates.ts';
import { configMapRows } from '../state/read-model.ts';
import type { ConfigMapRow, ReadModel } from '../state/read-model.ts';
import { applicationResponse } from './applications.ts';
import type { ServiceRow } from './services.ts';
import { serviceResponse } from './services.ts';
import { toolsetRows } from './toolset-rows.ts';
import { toolsetResponse } from './toolsets.ts';

/** Most ConfigMaps that Argo CD's UI shows at once. */
const maxConfigMaps = 20;
const maxToolsets = 200;
const maxServices = 200;

const description =
  "For the extension of Argo CD's UI: what the ConfigMaps of the Application have that the user looks at. The policy of " +
  'its project limits the Services, as it limits its discovery.';

export const listExtensionApplication = operation({
  id: 'listExtensionApplication',
  method: 'get',
  path: '/api/v1/extension/application',
  summary: "ConfigMaps of the Application that a user of Argo CD's UI looks at",
  description,
  access: 'extension',
  about: everyCluster,
  query: z.strictObject({}),
  response: listOf(Application),
  problems: ['not-found'],
  handle: (models, { caller, access }) =>
    pageOf(configMapsOf(models, caller), { limit: maxConfigMaps, offset: 0 }, (row) =>
      applicationResponse(row, access),
    ),
});

export const getExtensionConfigMap = operation({
  id: 'getExtensionConfigMap',
  // Evaluates every Service, as `explain` does.
  cost: 3,
  method: 'get',
  path: '/api/v1/extension/configmap',
  summary: 'One of these ConfigMaps: its toolsets, and the decision about each Service',
  description,
  access: 'extension',
  about: everyCluster,
  query: z.strictObject({ configMap: configMapName.optional().describe('As NAMESPACE/NAME; by default the first.') }),
  response: ExtensionConfigMap,
  problems: ['not-found'],
  handle: async (models, { caller, query, access }) => {
    const all = configMapsOf(models, caller);
    const found = query.configMap === undefined ? all[0] : all.find(({ status }) => keyOf(status) === query.configMap);
    if (!found) throw problemFor.configMapNotOfApplication(caller?.application ?? '', query.configMap ?? '');
    const { status, model } = found;
    const configMap = keyOf(status);
    const toolsets = await toolsetRows([model], configMap);
    const services = await rowsFor(model, configMap);
    return {
      application: await applicationResponse(found, access),
      toolsets: { items: toolsets.slice(0, maxToolsets).map(toolsetResponse), total: toolsets.length },
      services: {
        items: services.slice(0, maxServices).map(serviceResponse),
        total: services.length,
      },
    };
  },
});

/** ConfigMaps of the caller's Application only: to the caller, no other exists. */
function configMapsOf(models: readonly ReadModel[], caller: ExtensionCaller | null): readonly ConfigMapRow[] {
  if (!caller) throw problemFor.extensionSecretInvalid();
  // Every cluster's caches hold the hub's Applications.
  const application = models[0]?.caches.applications.get(caller.application);
  if (!application) throw problemFor.applicationNotFound(caller.application);
  if (application.project !== caller.project) throw problemFor.projectMismatch(caller.application, caller.project);
  return configMapRows(models).filter(({ status }) => status.application === caller.application);
}

/**
 * Selected Services first. Services without a match are left out, as they are of no use in the view of one Application.
 */
async function rowsFor(model: ReadModel, configMap: string): Promise<readonly ServiceRow[]> {
  const discovery = await model.discoveryOf(configMap);
  if (!discovery) return [];
  const near = model.nonCandidates(discovery).filter(({ decision }) => decision !== 'ignored');
  const rank = (verdict: Verdict): number => decisions.indexOf(verdict);
  const phases = phasesFor(discovery.metadata.live);
  return sortByService([...discovery.conclusion.decisions, ...near])
    .toSorted((a, b) => rank(a.decision) - rank(b.decision))
    .map((decision) => ({ model, configMap, decision, phases }));
}
