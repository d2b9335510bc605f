import { expect } from 'chai';
import { parse } from 'yaml';
import type { ApplicationInput } from '../../../plugin/settings/application-parameters/read.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { grafana, prometheus, recording } from '../../support/objects.ts';
import type { Outcome } from '../../support/run.ts';
import { reported, runHere } from '../../support/run.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';

/** As Argo CD's ParameterAnnouncement has it. */
interface Announced {
  readonly name: string;
  readonly title: string;
  readonly tooltip: string;
  readonly collectionType: 'string' | 'array' | 'map';
  readonly string?: string;
  readonly array?: readonly string[];
  readonly map?: Readonly<Record<string, string>>;
}

describe('plugin/commands/parameters', () => {
  const folder = temporaryFolder();

  it('announces each parameter in the form of its collection, with the value in force', async () => {
    await folder.write(
      'toolset.yaml',
      `${head}spec: {target: {version: "0.32"}, detectors: {loki: {enabled: false}}}\n`,
    );

    const all = await announced({ variables: { DISCOVERY_NAMESPACES_INCLUDE: 'monitoring' } });

    expect(all.get('target.version')).to.deep.equal({
      name: 'target.version',
      title: "HolmesGPT's version",
      tooltip: 'spec.target.version of toolset.yaml',
      collectionType: 'string',
      string: '0.32',
    });
    expect(all.get('discovery.namespaces.include')?.array).to.deep.equal(['monitoring']);
    expect(all.get('detectors')?.map).to.include({ loki: 'false', prometheus: 'true', kafka: 'false' });
    for (const { collectionType, ...one } of all.values()) {
      expect(['string', 'array', 'map'].filter((key) => key in one)).to.deep.equal([collectionType]);
    }
  });

  it('still announces all when one of the Application is invalid, as the UI needs them to fix it', async () => {
    const all = await announced({ parameters: '[{"name":"target.version","string":"latest"}]' });

    expect(all.get('target.version')?.string).to.equal('0.45');
  });

  it('reports an error in toolset.yaml', async () => {
    await folder.write('toolset.yaml', `${head}spec: {targt: {}}\n`);

    const outcome = await parametersOf({});

    expect(outcome).to.include({ code: 2, stdout: '' });
    expect(reported(outcome).code).to.equal('SETTINGS_INVALID');
  });

  it('announces values that generate the same when they are sent back', async () => {
    const snapshot = await folder.write('cluster.json', recording(grafana(), prometheus()));
    const generate = async (list: readonly Announced[]): Promise<string> => {
      const sent = list.map(({ name, string, array, map }) => ({ name, string, array, map }));
      const application = { parameters: JSON.stringify(sent), variables: {} };
      const args = ['generate', '--path', folder.path, '--snapshot', snapshot, '--check', 'none'];
      return dataOf((await runHere(args, undefined, { application })).stdout);
    };
    const all = [...(await announced({})).values()];

    expect(await generate(all))
      .to.equal(await generate([]))
      .and.to.include('prometheus/metrics');
    expect(await generate([{ ...all[0]!, name: 'detectors', map: { prometheus: 'false' } }]))
      .to.include('grafana/dashboards')
      .and.not.include('prometheus/metrics');
  });

  it('cannot widen what the policy lets the project see', async () => {
    const snapshot = await folder.write('cluster.json', recording(grafana('team-a'), prometheus('team-b')));
    const policy = await folder.write(
      'policy.yaml',
      'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: DiscoveryPolicy\nspec: {projects: {a: {namespaces: {include: [team-a]}}}}\n',
    );
    const application = { variables: { DISCOVERY_NAMESPACES_INCLUDE: '*', HEALTH_CHECK: 'none' } };
    const args = ['generate', '--path', folder.path, '--snapshot', snapshot, '--policy', policy, '--project', 'a'];

    const { stdout } = await runHere(args, undefined, { application });

    expect(stdout).to.include('team-a/grafana').and.not.include('team-b');
  });

  it('records in the ConfigMap what the Application set, so that the discovery can be repeated', async () => {
    const snapshot = await folder.write('cluster.json', recording(grafana()));
    const application = {
      parameters: '[{"name":"discovery.instances","string":"best"}]',
      variables: { DETECTORS_LOKI: 'false', TARGET_VERSION: '0.32' },
    };

    const { stdout } = await runHere(['generate', '--path', folder.path, '--snapshot', snapshot], undefined, {
      application,
    });

    const { metadata } = parse(stdout) as {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    };
    expect(JSON.parse(metadata.annotations['kubernaut.io/toolset-settings'] ?? '')).to.deep.equal({
      detectors: { loki: { enabled: false } },
      discovery: { instances: 'best' },
      target: { format: 'holmesgpt', version: '0.32' },
    });
  });

  async function announced(application: ApplicationInput): Promise<ReadonlyMap<string, Announced>> {
    const { stdout } = await parametersOf(application);
    return new Map((JSON.parse(stdout) as readonly Announced[]).map((one) => [one.name, one]));
  }

  function parametersOf(application: ApplicationInput): Promise<Outcome> {
    return runHere(['parameters', '--path', folder.path], undefined, { application });
  }
});

function dataOf(manifest: string): string {
  return manifest.slice(manifest.indexOf('\ndata:'));
}
