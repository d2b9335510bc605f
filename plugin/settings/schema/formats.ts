/** What a format is, as far as settings say it: `plugin/consumers/index.ts` has what makes its file. */
export interface Format {
  /** Where it is printed unless Git says otherwise. An empty `key` is one for each toolset. */
  readonly configMap: { readonly name: string; readonly namespace: string; readonly key: string };
  /** Labels by which its reader finds the ConfigMap, such as Grafana's sidecar. */
  readonly labels?: Readonly<Record<string, string>>;
  /** It is the same for each release of its consumer: `version` says nothing. */
  readonly hasNoReleases?: true;
  /** Release of HolmesGPT whose toolsets they are, unless Git says which: its keys differ by release. */
  readonly holmesgpt?: string;
}

/** Every format that `target.format` takes. */
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
    // The sidecar writes the keys of all ConfigMaps into one folder.
    configMap: { name: 'grafana-datasources', namespace: 'monitoring', key: 'discovered-datasources.yaml' },
    labels: { grafana_datasource: '1' },
    hasNoReleases: true,
  },
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof formats;

/** Whether toolsets are those of a release of HolmesGPT. */
export function isOfHolmesgpt(format: FormatName): boolean {
  const { holmesgpt }: Format = formats[format];
  return holmesgpt !== undefined;
}
