import { expect } from 'chai';
import { join } from 'node:path';
import { service } from '../../cluster/support/backends.ts';
import { buildProgram, outputOf } from '../../cluster/support/program.ts';
import { expectSuccess } from '../../cluster/parts/request.ts';
import { configMapKey, configMapName, openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';
import { uiDiff } from '../support/ui-diff.ts';

describe('e2e/generate/hand-edit', () => {
  let argoCd: SharedArgoCd;
  let scene: Scene;
  let original: string;

  before(async function () {
    argoCd = await sharedArgoCd(this);
    scene = await openScene(argoCd, 'edited');
    await argoCd.cluster.apply(['prometheus', 'loki', 'grafana'].map((name) => service(scene.backends, name, 3000)));
    await scene.create({ automated: null });
    await scene.until('compared', ({ status }) => status?.sync?.status === 'OutOfSync');
    await scene.sync();
    await scene.untilSynced();
    original = (await scene.configMap())!.data[configMapKey]!;
  });

  it('shows as OutOfSync with exactly the edited lines in the diff', async () => {
    const url = `"http://prometheus.${scene.backends}.svc.cluster.local:3000"`;
    const block = `      prometheus/metrics:\n`;
    await edit(`${original.replace(url, '"http://by-hand:9090"')}  by-hand:\n    enabled: true\n`);

    await scene.until('OutOfSync', ({ status }) => status?.sync?.status === 'OutOfSync');
    const { live, target, lines } = await uiDiff(argoCd, scene.name);

    expect(lines).to.deep.equal([
      '-           prometheus_url: "http://by-hand:9090"',
      `+           prometheus_url: ${url}`,
      '-       by-hand:',
      '-         enabled: true',
    ]);
    expect(live).to.include(block);
    expect(target).to.include(block);
  });

  it('is reverted by self-heal', async () => {
    await argoCd.applications.automate(scene.name, { selfHeal: true });

    await scene.untilConfigMap('reverted', (live) => live?.data[configMapKey] === original);

    await scene.untilSynced();
  });

  it('lasts once the output of adopt is committed', async () => {
    const program = await buildProgram(argoCd.cluster.folder);
    const kubeconfig = await argoCd.cluster.kubeconfig();
    await argoCd.applications.automate(scene.name, null);
    const edited = original.replace('http://prometheus.', 'http://mimir.');
    await edit(edited);
    await scene.until('OutOfSync', ({ status }) => status?.sync?.status === 'OutOfSync');

    const revision = await argoCd.repository.commitWith(async (workTree) => {
      const path = join(workTree, scene.name);
      outputOf(await program.run(['adopt', '--write', '--path', path, '--kubeconfig', kubeconfig]));
    });
    await scene.refresh('normal');

    await scene.until('compared', ({ status }) => status?.sync?.revision === revision);
    // Where in Git it stands now is all that is left to apply.
    const { lines } = await uiDiff(argoCd, scene.name);
    expect(lines).to.deep.equal([
      '+     kubernaut.io/toolset-overrides: |-',
      '+       overrides.yaml:',
      '+         +4 prometheus/metrics /config/prometheus_url',
    ]);
    await scene.sync();
    await scene.untilSynced(revision);
    expect((await scene.configMap())?.data).to.deep.equal({ [configMapKey]: edited });
  });

  it('is diffed line by line, as are changes of the cluster and of settings', async () => {
    await argoCd.cluster.kubectl(['-n', scene.backends, 'delete', 'service', 'loki']);
    const config = { prometheus_url: `http://mimir.${scene.backends}.svc.cluster.local:3000` };
    await scene.commit({ 'overrides.yaml': { toolsets: { 'prometheus/metrics': { enabled: false, config } } } });
    await scene.refresh('hard');

    await scene.until('OutOfSync', ({ status }) => status?.sync?.status === 'OutOfSync');
    const { live, target, lines } = await uiDiff(argoCd, scene.name);

    const host = `loki.${scene.backends}.svc.cluster.local`;
    expect(lines.filter((line) => !line.includes('toolset-digest'))).to.deep.equal([
      '-       grafana/loki:',
      '-         config:',
      `-           api_url: "http://${host}:3000"`,
      '-         enabled: true',
      '-         enabled: true',
      '+         enabled: false',
      '-         +4 prometheus/metrics /config/prometheus_url',
      '+         +1 prometheus/metrics /config/prometheus_url',
      '+         +0 prometheus/metrics /enabled',
      '-       grafana/loki:',
      `-         ${scene.backends}/loki http://${host}:3000`,
      '-     kubernaut.io/toolset-status: Active 3',
      '+     kubernaut.io/toolset-status: Active 2',
    ]);
    for (const text of [live, target]) {
      expect(text).to.match(/^ {2}custom_toolset\.yaml: \|$/m);
      expect(text).to.match(/^ {4}kubernaut\.io\/toolset-sources: \|-$/m);
    }
  });

  async function edit(text: string): Promise<void> {
    const path = `/api/v1/namespaces/${scene.name}/configmaps/${configMapName}`;
    const options = { contentType: 'application/merge-patch+json' };
    const change = { data: { [configMapKey]: text } };
    expectSuccess(await argoCd.cluster.request('PATCH', path, change, options), 'editing the ConfigMap');
  }
});
