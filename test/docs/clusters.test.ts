import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deploysTo } from '../../plugin/argocd/destination.ts';
import { isOwnCluster } from '../../plugin/lib/cluster-name.ts';
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

  it("has an Application for several clusters that deploys to the hub and uses the guide's toolset.yaml", () => {
    const read = (name: string): string => readFileSync(join(repository, name), 'utf8');
    const text = read('manifests/examples/clusters/fleet/toolset.yaml');
    const [, block = ''] = /^```yaml\n# toolset.yaml\n([^]*?)^```$/m.exec(read('docs/clusters.md')) ?? [];
    const application = parse(read('manifests/examples/clusters/fleet-application.yaml')) as {
      readonly spec: { readonly destination: { readonly server: string; readonly namespace: string } };
    };

    const { spec, written } = parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));

    expect((parse(block) as { readonly spec: object }).spec).to.deep.equal(written);
    expect(isOwnCluster(application.spec.destination.server)).to.equal(true);
    expect(application.spec.destination.namespace).to.equal(spec.target.configMap.namespace);
  });

  it('shows a URL template that the settings accept', () => {
    const [, block = ''] =
      /^```yaml\n(spec:\n {2}cluster: [^]*?)^```$/m.exec(readFileSync(join(repository, 'docs/clusters.md'), 'utf8')) ??
      [];
    const text = `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n${block}`;

    const settings = parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));

    expect(settings.spec.target.urls).to.include('${cluster}/${namespace}/${name}');
  });
});
