import * as z from 'zod';
import type { Decision, Verdict } from '../../../discovery/decision.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import type { ExtensionCaller } from '../auth/extension-access.ts';
import { operation } from '../openapi/operation.ts';
import { configMapName, pageOf } from '../openapi/parameters.ts';
import { Application, decisions, ExtensionConfigMap, listOf } from '../openapi/schemas.ts';
import { problemFor } from '../problem-details.ts';
import { sortByService } from '../state/non-candidates.ts';
import type { ReadModel } from '../state/read-model.ts';
import { applicationResponse } from './applications.ts';
import { serviceResponse } from './services.ts';
import { toolsetRows } from './toolset-rows.ts';
import { toolsetResponse } from './toolsets.ts';

/** What Argo CD's UI shows at once. */
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
  query: z.strictObject({}),
  response: listOf(Application),
  problems: ['not-found'],
  handle: (model, { caller }) =>
    pageOf(configMapsOf(model, caller), { limit: maxConfigMaps, offset: 0 }, (status) =>
      applicationResponse(status, model),
    ),
});

export const getExtensionConfigMap = operation({
  id: 'getExtensionConfigMap',
  // As `explain` does, it evaluates every Service.
  cost: 3,
  method: 'get',
  path: '/api/v1/extension/configmap',
  summary: 'One of these ConfigMaps: its toolsets, and the decision about each Service',
  description,
  access: 'extension',
  query: z.strictObject({ configMap: configMapName.optional().describe('As NAMESPACE/NAME; by default the first.') }),
  response: ExtensionConfigMap,
  problems: ['not-found'],
  handle: async (model, { caller, query }) => {
    const all = configMapsOf(model, caller);
    const status = query.configMap === undefined ? all[0] : all.find((one) => keyOf(one) === query.configMap);
    if (!status) throw problemFor.configMapNotOfApplication(caller?.application ?? '', query.configMap ?? '');
    const configMap = keyOf(status);
    const toolsets = await toolsetRows(model, configMap);
    const services = await decisionsFor(model, configMap);
    return {
      application: applicationResponse(status, model),
      toolsets: { items: toolsets.slice(0, maxToolsets).map(toolsetResponse), total: toolsets.length },
      services: {
        items: services.slice(0, maxServices).map((decision) => serviceResponse({ configMap, decision }, model)),
        total: services.length,
      },
    };
  },
});

/** Those that the caller's Application owns, and no other: what is not among them does not exist for it. */
function configMapsOf(model: ReadModel, caller: ExtensionCaller | null): readonly ConfigMapStatus[] {
  if (!caller) throw problemFor.extensionSecretInvalid();
  const application = model.caches.applications.get(caller.application);
  if (!application) throw problemFor.applicationNotFound(caller.application);
  if (application.project !== caller.project) throw problemFor.projectMismatch(caller.application, caller.project);
  return model.configMaps().filter((status) => status.application === caller.application);
}

/** Selected ones first; those that point at nothing are of no use to who looks at one Application. */
async function decisionsFor(model: ReadModel, configMap: string): Promise<readonly Decision[]> {
  const explained = await model.explained(configMap);
  if (!explained) return [];
  const near = model.nonCandidates(explained).filter(({ decision }) => decision !== 'ignored');
  const rank = (verdict: Verdict): number => decisions.indexOf(verdict);
  return sortByService([...explained.conclusion.decisions, ...near]).toSorted(
    (a, b) => rank(a.decision) - rank(b.decision),
  );
}
