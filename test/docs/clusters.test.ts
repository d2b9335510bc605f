import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deploysTo } from '../../plugin/argocd/destination.ts';
import { readApplication } from '../../plugin/settings/application-parameters/read.ts';
import { parseYamlFile } from '../../plugin/settings/yaml/parse.ts';
import { parseSettings } from '../../plugin/settings/parse-settings.ts';
import { applyParameters } from '../../plugin/settings/application-parameters/apply.ts';

const repository = join(import.meta.dirname, '../..');

interface ApplicationSet {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly source: { readonly plugin: { readonly parameters: readonly object[] } };
        readonly destination: { readonly name: string; readonly namespace: string };
      };
    };
  };
}

describe('docs/clusters.md', () => {
  it('has an ApplicationSet whose Applications read the cluster that they deploy to', () => {
    const file = readFileSync(join(repository, 'manifests/examples/clusters/application-set.yaml'), 'utf8');
    const rendered = file.replaceAll('{{ .name }}', 'spoke-1').replaceAll('{{ .nameNormalized }}', 'spoke-1');
    const { source, destination } = (parse(rendered) as ApplicationSet).spec.template.spec;

    const given = readApplication({ parameters: JSON.stringify(source.plugin.parameters) });
    const { spec } = applyParameters({}, given);

    expect(spec.cluster).to.equal('spoke-1');
    expect(deploysTo({ name: destination.name, server: '' }, [spec.cluster ?? ''])).to.equal(true);
    expect(destination.namespace).to.equal(spec.target.configMap.namespace);
  });

  it('has a template of URLs that the settings take', () => {
    const [, block = ''] =
      /^```yaml\n(spec:\n {2}cluster: [^]*?)^```$/m.exec(readFileSync(join(repository, 'docs/clusters.md'), 'utf8')) ??
      [];
    const text = `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n${block}`;

    const settings = parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));

    expect(settings.spec.target.urls).to.include('${cluster}/${namespace}/${name}');
  });
});
