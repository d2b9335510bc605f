import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { paste } from '../../cluster/manifests/installation.ts';
import { service } from '../../cluster/support/backends.ts';
import { runArgocd } from '../support/argocd-cli.ts';
import { errorOf, failureIn } from '../support/conditions.ts';
import { openScene } from '../support/scene.ts';
import type { LiveConfigMap, Scene } from '../support/scene.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';

/** As Argo CD pauses generation: after so many failures in a row. */
const attemptsBeforePause = 3;

describe('e2e/generate/failures', () => {
  let argoCd: SharedArgoCd;

  before(async function () {
    argoCd = await sharedArgoCd(this);
  });

  it('reports a bad override with its line, and recovers with the next commit', async () => {
    const { scene, before } = await syncedScene('bad-override');

    await scene.commit({ 'overrides.yaml': 'toolsets:\n  prometheus/metrics: [no, map]\n' });
    const broken = await scene.refresh('normal');
    await expectUntouched(scene, before);
    const revision = await scene.commit({ 'overrides.yaml': null });
    await scene.refresh('normal');
    await scene.untilSynced(revision);

    const failure = failureIn(broken);
    // Words and a link, and no JSON around them.
    const [, ended = ''] = errorOf(broken).split('failed exit status 2: ');
    expect(ended).to.match(/^Error: overrides\.yaml:2:\d+ [^]*\nOVERRIDES_INVALID: https:\S+#overrides_invalid\s*$/);
    expect(ended).not.to.include('"level"');
    expect(failure.code).to.equal('OVERRIDES_INVALID');
    expect(failure.message).to.match(/^overrides\.yaml:2:\d+ /);
    expect((await scene.configMap())?.data).to.deep.equal(before.data);
  });

  it('reports a revoked permission with the missing rule, and recovers once it is granted again', async () => {
    const { scene, before } = await syncedScene('forbidden');

    await scene.allow(false);
    const broken = await scene.refresh('hard');
    await expectUntouched(scene, before);
    await scene.allow(true);
    await scene.refresh('hard');
    await scene.untilSynced();

    const failure = failureIn(broken);
    expect(failure.code).to.equal('CLUSTER_FORBIDDEN');
    expect(failure.hint).to.include(`add to a Role in namespace ${scene.name}`);
    expect(failure.hint).to.include('configmaps');
  });

  for (const { title, fault, code } of [
    { title: 'broken connections to the API server', fault: { kind: 'cut', afterBytes: 0 }, code: 'UNREACHABLE' },
    { title: 'a 503 of the API server', fault: { kind: 'status', status: 503 }, code: 'FAILED' },
    { title: 'a truncated list', fault: { kind: 'truncate', afterBytes: 300 }, code: 'RESPONSE_INVALID' },
  ] as const) {
    it(`prunes nothing after ${title}, and recovers with a hard refresh`, async () => {
      const { scene, before } = await syncedScene(`down-${code.toLowerCase().replace('_', '-')}`);
      const path = `/api/v1/namespaces/${scene.backends}/`;

      argoCd.fail(path, fault);
      const broken = await scene.refresh('hard');
      await expectUntouched(scene, before);
      argoCd.fail(path, null);
      await scene.refresh('hard');
      await scene.untilSynced();

      expect(failureIn(broken).code).to.equal(`CLUSTER_${code}`);
    });
  }

  it('shows a failure cached by Argo CD and recovers from it with the commands of docs/errors.md', async () => {
    const { scene, before } = await syncedScene('remembered');
    const path = `/api/v1/namespaces/${scene.backends}/`;
    argoCd.fail(path, { kind: 'status', status: 503 });
    for (let attempt = 0; attempt < attemptsBeforePause; attempt++) failureIn(await scene.refresh('hard'));
    argoCd.fail(path, null);

    const remembered = await scene.refresh('normal');
    const shown = await paste(argoCd.cluster, await documented(/`(kubectl .*? get application NAME .*?)`/));
    const asked = await runArgocd(argoCd, argoCd.folder, await documented(/`(argocd app get NAME --hard-refresh)`/));
    await scene.untilSynced();

    expect(asked.code, asked.stderr).to.equal(0);
    expect(errorOf(remembered)).to.include('Manifest generation error (cached)');
    expect(failureIn(remembered).code).to.equal('CLUSTER_FAILED');
    expect(shown).to.include('Manifest generation error (cached)').and.to.include('CLUSTER_FAILED');
    await expectUntouched(scene, before);

    /** A command as the guide has it, about this Application. */
    async function documented(command: RegExp): Promise<string> {
      const guide = await readFile(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
      return command.exec(guide)![1]!.replace('NAME', scene.name);
    }
  });

  async function syncedScene(name: string): Promise<{ readonly scene: Scene; readonly before: LiveConfigMap }> {
    const scene = await openScene(argoCd, name);
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090)]);
    // With prune on: nothing but the plugin keeps the ConfigMap.
    await scene.create({ automated: { selfHeal: true, prune: true } });
    await scene.untilSynced();
    return { scene, before: (await scene.configMap())! };
  }
});

async function expectUntouched(scene: Scene, before: LiveConfigMap): Promise<void> {
  expect((await scene.configMap())?.metadata).to.deep.equal(before.metadata);
}
