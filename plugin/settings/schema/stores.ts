import * as z from 'zod';
import { maxTenants } from '../../../detectors/stores/tenants.ts';
import { Glob } from './common.ts';

/** A word that is printed unchanged. */
function word(form: RegExp, what: string): z.ZodString {
  return z.string().regex(form, `invalid ${what}: expected letters, digits and the signs of one`);
}

/** A name, or VictoriaLogs' account and project. */
const Tenant = word(/^(?:[A-Za-z0-9][A-Za-z0-9._|-]{0,127}|\d{1,10}:\d{1,10})$/, 'tenant');
const LabelName = word(/^[A-Za-z_][A-Za-z0-9_.:@/-]{0,127}$/, 'label name');

/** The label that selects one cluster in a store with several. */
export const ClusterLabel = z.strictObject({
  label: LabelName.describe('Name of the label, such as cluster.'),
  value: word(/^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,127}$/, 'value of a cluster label').describe(
    'Its value for this cluster.',
  ),
});

/** Limited because each one is compared with every backend. */
const maxStores = 100;

export const Stores = z
  .array(
    z.strictObject({
      namespace: Glob.default('*').describe("Glob of the Service's namespace."),
      name: Glob.default('*').describe("Glob of the Service's name."),
      toolset: Glob.default('*').describe('Glob of the toolset, such as grafana/loki.'),
      tenants: z
        .array(Tenant)
        .max(maxTenants)
        .optional()
        .describe(
          'Values of the header X-Scope-OrgID, or VictoriaLogs\' accounts ("1" or "1:0", in quotes). Each becomes an instance if the consumer supports several. []: no tenant is sent or looked for.',
        ),
      labels: z
        .strictObject({
          namespace: LabelName.optional().describe('Label, tag or field with the namespace of a pod.'),
          pod: LabelName.optional().describe('Label, tag or field with the pod.'),
          container: LabelName.optional().describe('Label, tag or field with the container.'),
          service: LabelName.optional().describe('Label, tag or field with the service or application.'),
          node: LabelName.optional().describe('Label, tag or field with the node.'),
          deployment: LabelName.optional().describe('Label, tag or field with the Deployment.'),
        })
        .optional()
        .describe('Names that the store uses for these. The store is asked for those that are not set.'),
      cluster: ClusterLabel.nullable()
        .optional()
        .describe('Label that selects this cluster in this store. null: the store holds only this cluster.'),
      indices: z
        .array(word(/^[a-z0-9*][a-z0-9._*-]{0,127}$/, 'index pattern'))
        .min(1)
        .max(16)
        .optional()
        .describe('Indices or patterns for a search of Elasticsearch or OpenSearch, such as logs-*.'),
    }),
  )
  .max(maxStores)
  .default([])
  .describe(
    'What a first query of a store needs, if it cannot be learned or must differ. If several entries match a backend, the first one that sets a value decides it.',
  );
