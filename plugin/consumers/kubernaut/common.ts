import { detectors } from '../../../detectors/index.ts';
import type { Candidate } from '../../discovery/decision.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { isCredential } from '../../secrets/key-names.ts';
import type {
  CredentialPolicy,
  CustomizedEntry,
  Generated,
  JoinedEntry,
  LackingBackend,
  Repairs,
  Unusable,
} from '../consumer.ts';
import { isNotDisabled, noCredential, unusable } from '../consumer.ts';
import { credentialFor } from '../credential-rules.ts';
import type { CredentialConfig } from '../../settings/schema/credentials.ts';
import { getOwn } from '../../lib/json.ts';

/** The parts that both formats share. */
export const common = {
  sections: 'top',
  groups: {},
  usesTemplates: true,
  supports: () => true,
  usesLabels: false,
  isKnown: () => false,
  isDiscoverable: () => true,
  isBuiltIn: (name: string) => builtInTypes.has(name),
  isOnByDefault: () => false,
  isEnabled: isNotDisabled,
  alwaysOn: [],
  implicitlyEnabled: () => [],
  costOf: null,
  validateRequests: () => [],
  validateCredential: () => [],
  withoutDisplaced: (_name: string, entry: Data) => entry,
  repairsOf,
  withOthers: ({ customized }: CustomizedEntry): JoinedEntry => ({ entry: customized, moved: [] }),
} as const;

/** Any credential in Git counts: Kubernaut does not document the keys. */
function repairsOf(
  { generated: before, customized }: Pick<CustomizedEntry, 'generated' | 'customized'>,
  lacking: readonly LackingBackend[],
): Repairs {
  const isRepaired = isCredential('', customized) && !isCredential('', before);
  return { repaired: isRepaired ? lacking.map(({ unusable: one }) => one) : [], isUsable: isRepaired };
}

/** One entry for each backend, by name; `null` may leave out an unusable one. */
export function generated(
  admitted: readonly Candidate[],
  access: CredentialPolicy,
  nameOf: (backend: Candidate) => string,
  entryOf: (backend: Candidate, usable: boolean) => DataMap | null,
): Generated {
  const all = admitted.map((backend) => {
    const name = nameOf(backend);
    return { backend, name, lacking: unusableFor(backend, name, access) };
  });
  const entries = all.flatMap(({ backend, name, lacking }): [string, Data][] => {
    const entry = entryOf(backend, lacking === null);
    return entry === null ? [] : [[name, entry]];
  });
  return {
    file: { toolsets: Object.fromEntries(entries), mcp_servers: {} },
    unusable: all.flatMap(({ lacking }) => lacking ?? []),
  };
}

/** Type names of the original service that differ from HolmesGPT's toolset. */
const types: Readonly<Record<string, string>> = {
  'argocd/core': 'argocd',
  'elasticsearch/data': 'elasticsearch',
  'grafana/dashboards': 'grafana',
  'grafana/loki': 'loki',
  'grafana/tempo': 'tempo',
  'jaeger/tracing': 'jaeger',
  'kafka/admin': 'kafka',
  'prometheus/metrics': 'prometheus',
  'rabbitmq/core': 'rabbitmq',
};

/** Types of the built-in detectors, and of the cluster itself. */
const builtInTypes: ReadonlySet<string> = new Set(['kubernetes', ...detectors.map(({ toolset }) => typeOf(toolset))]);

/** Kubernaut's name for the type. Dots, which no namespace contains, keep `a-b/c` and `a/b-c` distinct. */
export function typeOf(toolset: string): string {
  return getOwn(types, toolset) ?? toolset.replaceAll('/', '.');
}

/** A user's template is not checked: it is the user's responsibility. */
function unusableFor(backend: Candidate, name: string, access: CredentialPolicy): Unusable | null {
  const { needsCredential, detector, service, toolset } = backend;
  if (!needsCredential || detector.template !== undefined) return null;
  if (Object.keys(credentialOf(backend, access)).length > 0) return null;
  return unusable({
    code: 'CREDENTIAL_MISSING',
    toolset: typeOf(toolset),
    service: keyOf(service),
    entries: [name],
    why: noCredential,
  });
}

/** References from the settings under the name of the type, of HolmesGPT's toolset, or of the detector. */
export function credentialOf(backend: Candidate, access: CredentialPolicy): CredentialConfig {
  const { toolset, detector } = backend;
  const found = credentialFor(backend, [typeOf(toolset), toolset, detector.id], access);
  return typeof found === 'string' ? {} : found;
}
