import * as z from 'zod';
import { detectors } from '../../../../detectors/index.ts';
import { assertPrintable, configMapOf } from '../../../customizations/config-map.ts';
import { Provenance } from '../../../customizations/provenance.ts';
import { toAnnotationWarning } from '../../../customizations/warnings-annotation.ts';
import { isPluginError } from '../../../lib/errors.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { ToolsetConfig, configHeader } from '../../../settings/schema/index.ts';
import { formats } from '../../../settings/schema/formats.ts';
import type { FormatName } from '../../../settings/schema/formats.ts';
import { Candidates } from '../../reconcile/candidates.ts';
import { selectFor } from '../../reconcile/evaluation/desired-state.ts';
import { warningsOf } from './applications.ts';
import { operation } from '../openapi/operation.ts';
import { ofConfigMap } from '../openapi/parameters.ts';
import { problemFor } from '../problem-details.ts';
import { Warning } from '../openapi/schemas.ts';
import type { ReadModel } from '../state/read-model.ts';

/** All formats except the one that needs model settings. */
const formatNames = Object.keys(formats).filter((name) => name !== 'kubernaut-sdk') as FormatName[];
const detectorIds = detectors.map(({ id }) => id);
const Glob = z.string().regex(/^[a-z0-9*][-a-z0-9*]{0,62}$/, 'expected a name or a glob such as team-*');
const Globs = z.array(Glob).max(100);

/**
 * Parts of `spec` of toolset.yaml that the caches of `serve` can answer for with any value: none of them needs other
 * Services or labels, probes a backend, or says what to send with a request.
 */
const Settings = z.strictObject({
  target: z
    .strictObject({
      format: z.enum(formatNames).optional(),
      version: z
        .string()
        .regex(/^0\.\d{1,3}$/)
        .optional()
        .describe("HolmesGPT's version."),
      certificates: z.enum(['public', 'private', 'unverified']).optional(),
      plugins: Globs.optional().describe('Globs of the plugins that Grafana has.'),
    })
    .optional(),
  discovery: z
    .strictObject({
      namespaces: z.strictObject({ include: Globs.min(1).optional(), exclude: Globs.optional() }).optional(),
      instances: z.enum(['all', 'best']).optional(),
    })
    .optional(),
  detectors: z
    .partialRecord(z.enum(detectorIds as [string, ...string[]]), z.strictObject({ enabled: z.boolean() }))
    .optional(),
  health: z.strictObject({ check: z.enum(['readiness', 'none']) }).optional(),
  trust: z.strictObject({ namespaces: Globs }).optional(),
});

const Generated = z.strictObject({
  format: z.string(),
  data: z.record(z.string(), z.string()).describe("The ConfigMap's data: the consumer's file, by its key."),
  services: z.array(z.string()).describe('The Services of the backends that are in, as NAMESPACE/NAME.'),
  warnings: z.array(Warning),
});

export const generateToolsets = operation({
  id: 'generateToolsets',
  method: 'post',
  path: '/api/v1/toolsets/generate',
  summary: 'Generate a toolset file for settings, as `dynamic-toolset generate` does, and write nothing',
  description:
    'Of the Services that are watched, with the parts of toolset.yaml that the body has. Backends are taken by their ' +
    'EndpointSlices: nothing is asked of them. Overrides and patches of Git are not a part of it, nor are backends that ' +
    'only a custom detector, or a question to them, would find.',
  query: z.strictObject({}),
  body: z.strictObject({ cluster: ofConfigMap.cluster, settings: Settings.default({}) }),
  response: Generated,
  problems: ['too-complex'],
  cost: 10,
  handle: async ([model], { body: { cluster = '', settings } }) => {
    if (!model) throw problemFor.clusterNotFound(cluster);
    try {
      return await generateFor(model, settings);
    } catch (error) {
      throw isPluginError(error) ? problemFor.notPrintable(error) : error;
    }
  },
});

/** As `generate` for a cluster in which nothing was admitted before. */
async function generateFor(
  { caches, clock }: ReadModel,
  settings: z.output<typeof Settings>,
): Promise<z.input<typeof Generated>> {
  const { health = { check: 'readiness' }, ...written } = settings;
  const { spec } = ToolsetConfig.parse({ ...configHeader, spec: { ...written, health } });
  const candidates = new Candidates(spec, null, caches);
  const readers = { prober: null, evidence: null, stores: null };
  const metadata = { spec, live: null };
  const discovery = await selectFor({ metadata, candidates, caches, readers, now: clock.epochMs() });
  const generated = candidates.consumer.generate(discovery.admitted, candidates.access);
  assertPrintable(generated.file);
  const warnings = [...discovery.warnings, ...generated.unusable];
  const { data } = configMapOf({
    settings: { spec, written: { ...written, health }, file: null },
    consumer: candidates.consumer,
    customizations: { overrides: [], patches: [], patching: null },
    discovery,
    generated,
    final: generated.file,
    provenance: new Provenance(),
    warnings,
  });
  return {
    format: spec.target.format,
    data,
    services: [...new Set(discovery.admitted.map(({ service }) => keyOf(service)))].sort(),
    warnings: warningsOf({ warnings: warnings.map(toAnnotationWarning) }, () => null),
  };
}
