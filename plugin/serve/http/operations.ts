import { listApplications } from './answers/applications.ts';
import { listConfigMaps } from './answers/config-maps.ts';
import { discover } from './answers/discover.ts';
import { explain, listServices } from './answers/services.ts';
import { getToolset, listToolsets } from './answers/toolsets.ts';
import { validateToolsets } from './answers/validate.ts';
import type { Operation } from './operation.ts';

/** Everything that the API answers, in the order in which it is described. */
export const operations: readonly Operation[] = [
  listToolsets,
  getToolset,
  listServices,
  explain,
  listApplications,
  listConfigMaps,
  discover,
  validateToolsets,
];
