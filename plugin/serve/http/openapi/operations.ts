import { listClusters } from '../handlers/clusters.ts';
import { listApplications } from '../handlers/applications.ts';
import { listChanges } from '../handlers/changes.ts';
import { listConfigMaps } from '../handlers/config-maps.ts';
import { discover } from '../handlers/discover.ts';
import { generateToolsets } from '../handlers/generate.ts';
import { getExtensionConfigMap, listExtensionApplication } from '../handlers/extension.ts';
import { explain, listServices } from '../handlers/services.ts';
import { getStatistics } from '../handlers/statistics.ts';
import { getToolset, listToolsets } from '../handlers/toolsets.ts';
import { validateToolsets } from '../handlers/validate.ts';
import type { ApiOperation } from './operation.ts';

/** Every operation of the API, in the order of the OpenAPI document. */
export const operations: readonly ApiOperation[] = [
  listToolsets,
  getToolset,
  listServices,
  explain,
  listApplications,
  listConfigMaps,
  listChanges,
  listClusters,
  getStatistics,
  discover,
  validateToolsets,
  generateToolsets,
  listExtensionApplication,
  getExtensionConfigMap,
];
