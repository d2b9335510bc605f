/** What a format is, as far as settings say it: `plugin/consumers/index.ts` has what makes its file. */
export interface Format {
  /** Where it is printed unless Git says otherwise. An empty `key` is one for each toolset. */
  readonly configMap: { readonly name: string; readonly namespace: string; readonly key: string };
  /** Labels by which its reader finds the ConfigMap, such as Grafana's sidecar. */
  readonly labels?: Readonly<Record<string, string>>;
  /** It is the same for each release of its consumer: `version` says nothing. */
  readonly hasNoReleases?: true;
}

/** Every format that `target.format` takes. */
export const formats = {
  holmesgpt: {
    configMap: { name: 'custom-toolsets-configmap', namespace: 'holmesgpt', key: 'custom_toolset.yaml' },
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
