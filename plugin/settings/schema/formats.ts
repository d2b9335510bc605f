/** A format as far as settings need it; `plugin/consumers/index.ts` has its implementation. */
export interface Format {
  /** Default ConfigMap. With an empty `key`, each toolset has a key of its own. */
  readonly configMap: { readonly name: string; readonly namespace: string; readonly key: string };
  /** Labels by which its reader, such as Grafana's sidecar, finds the ConfigMap. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The same for all releases of its consumer: `version` is not used. */
  readonly hasNoReleases?: true;
  /** Default release of HolmesGPT for the toolsets: their keys differ by release. */
  readonly holmesgpt?: string;
}

/** Every value of `target.format`. */
export const formats = {
  holmesgpt: {
    configMap: { name: 'custom-toolsets-configmap', namespace: 'holmesgpt', key: 'custom_toolset.yaml' },
    holmesgpt: '0.45',
  },
  kubernaut: {
    configMap: { name: 'kubernaut-toolset-config', namespace: 'kubernaut-system', key: '' },
  },
  'kubernaut-json': {
    configMap: { name: 'kubernaut-toolset-config', namespace: 'kubernaut-system', key: 'toolset.json' },
  },
  'kubernaut-helm': {
    configMap: { name: 'kubernaut-values', namespace: 'kubernaut-system', key: 'values.yaml' },
    hasNoReleases: true,
  },
  'kubernaut-operator': {
    configMap: { name: 'kubernaut-monitoring', namespace: 'kubernaut-system', key: 'monitoring.yaml' },
    hasNoReleases: true,
  },
  'kubernaut-sdk': {
    configMap: { name: 'holmesgpt-sdk-config', namespace: 'kubernaut-system', key: 'sdk-config.yaml' },
    holmesgpt: '0.16',
  },
  kiali: {
    configMap: { name: 'kiali-values', namespace: 'istio-system', key: 'values.yaml' },
    hasNoReleases: true,
  },
  'grafana-operator': {
    configMap: { name: 'grafana-operator-datasources', namespace: 'monitoring', key: 'datasources.yaml' },
    hasNoReleases: true,
  },
  'grafana-datasources': {
    // The sidecar writes the keys of all ConfigMaps into the same folder.
    configMap: { name: 'grafana-datasources', namespace: 'monitoring', key: 'discovered-datasources.yaml' },
    labels: { grafana_datasource: '1' },
    hasNoReleases: true,
  },
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof formats;

/** Whether the toolsets are those of a HolmesGPT release. */
export function isOfHolmesgpt(format: FormatName): boolean {
  const { holmesgpt }: Format = formats[format];
  return holmesgpt !== undefined;
}
