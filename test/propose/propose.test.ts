import { expect } from 'chai';
import { temporaryFolder } from '../support/folder.ts';
import { runHere } from '../support/run.ts';
import { atOnce, keyed, loki, manifest, prometheus, Scene, values } from './fixture.ts';

describe('plugin/commands/propose', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let scene: Scene;

  beforeEach(async () => {
    scene = new Scene(folder);
    await scene.cluster(prometheus);
  });

  it('proposes the manifest that generate prints, with what changed and why', async () => {
    await scene.cluster(prometheus, loki);

    const outcome = await scene.run([...manifest, ...atOnce]);

    const [branch = ''] = scene.repository.proposals();
    expect(outcome).to.include({ outcome: 'proposed', base: 'main', branch, commit: scene.repository.tip(branch) });
    const args = ['generate', '--path', folder.path, '--snapshot', scene.snapshot];
    expect(scene.repository.text(branch, 'prod/toolsets.yaml')).to.equal((await runHere(args)).stdout);
    expect(scene.repository.text(branch, 'prod/values.yaml')).to.equal(values);
    expect(scene.repository.git('log', '--format=%an %P', '-1', branch)).to.equal(
      `dynamic-toolset ${scene.repository.tip('main')!}`,
    );
    const message = scene.repository.message(branch);
    expect(message.split('\n')[0]).to.match(/^Toolsets: add /);
    expect(message).to.include('\n- prometheus/metrics: new, from Service obs/prometheus\n');
  });

  it('reports that there is nothing to propose after a merge, and deletes its branch', async () => {
    await scene.run([...manifest, ...atOnce]);
    const [branch = ''] = scene.repository.proposals();

    expect(await scene.run(manifest)).to.include({ outcome: 'standing', branch });
    scene.repository.git('update-ref', 'refs/heads/main', scene.repository.tip(branch)!);

    expect(await scene.run(manifest)).to.include({ outcome: 'closed' });
    expect(scene.repository.proposals()).to.deep.equal([]);
    const before = scene.repository.commits();
    expect(await scene.run(manifest)).to.include({ outcome: 'unchanged' });
    expect(scene.repository.commits()).to.equal(before);
    expect([...scene.repository.refs().keys()]).to.deep.equal(['refs/heads/main']);
  });

  it('changes the value of a key, and no other byte of the file', async () => {
    await scene.run([...keyed, ...atOnce]);

    const [branch = ''] = scene.repository.proposals();
    const text = scene.repository.text(branch, 'prod/values.yaml');
    expect(text).to.include('  replicas: 1   # one is enough\n\n  # kept up to date by dynamic-toolset\n  toolsets:\n');
    expect(text).to.include('      # people ask about this one\n      enabled: true\n');
    expect(text).to.include('"http://prometheus.obs.svc.cluster.local:9090"').and.not.include('old');
    expect(text).to.match(/\nother: &shared \[1,2\]\nagain: \*shared\n$/);
    expect(scene.repository.message(branch)).to.include(
      '- old/gone: removed: no matching Service and not defined in Git',
    );
    expect(await scene.run(keyed)).to.include({ outcome: 'standing' });
  });

  it('keeps its branch while the base only moves forward, including merges of older branches', async () => {
    const { repository } = scene;
    repository.git('branch', 'older', 'main');
    repository.commit({ 'README.md': 'older\n' }, 'older');
    repository.commit({ a: 'a\n' });
    const { commit } = await scene.run([...manifest, ...atOnce]);

    repository.commit({ b: 'b\n' });
    expect(await scene.run(manifest)).to.include({ outcome: 'standing', commit });
    const [main, older] = [repository.tip('main')!, repository.tip('older')!];
    const merge = repository.git('commit-tree', `${main}^{tree}`, '-p', older, '-p', main, '-m', 'a merge');
    repository.git('update-ref', 'refs/heads/main', merge);
    expect(await scene.run(manifest)).to.include({ outcome: 'standing', commit });
  });

  for (const [title, rewrite] of [
    ['goes back to an older commit', ({ repository }) => repository.git('update-ref', 'refs/heads/main', 'main~1')],
    [
      'has its parent replaced by another commit',
      ({ repository }) => {
        repository.git('update-ref', 'refs/heads/main', 'main~1');
        repository.commit({ b: 'b\n' });
      },
    ],
    [
      'has a new root',
      ({ repository }) => {
        const root = repository.git('commit-tree', 'main^{tree}', '-m', 'a new beginning');
        repository.git('update-ref', 'refs/heads/main', root);
      },
    ],
  ] as const satisfies (readonly [string, (scene: Scene) => unknown])[])
    it(`recreates its branch when the base ${title}`, async () => {
      const { repository } = scene;
      repository.commit({ a: 'a\n' });
      const first = await scene.run([...manifest, ...atOnce]);
      rewrite(scene);

      const second = await scene.run(manifest);

      expect(second).to.include({ outcome: 'proposed', branch: first.branch });
      expect(repository.git('rev-list', '--count', `main..${second.branch!}`)).to.equal('1');
      expect(await scene.run(manifest)).to.include({ outcome: 'standing', commit: second.commit });
    });

  it('waits until a change has lasted, and records that in a reference that is not a branch', async () => {
    const first = await scene.run(manifest);
    scene.clock.advance(9 * 60_000);
    const second = await scene.run(manifest);

    expect(first).to.include({ outcome: 'waiting', until: new Date(1_000_000 + 600_000).toISOString() });
    expect(second).to.deep.equal(first);
    expect([...scene.repository.refs().keys()])
      .to.have.lengthOf(2)
      .and.satisfy(([state]: string[]) => /^refs\/dynamic-toolset\/[0-9a-f]{8}$/.test(state!));
    scene.clock.advance(60_000);
    expect(await scene.run(manifest)).to.include({ outcome: 'proposed' });
    expect([...scene.repository.refs().keys()]).to.deep.equal([
      `refs/heads/${scene.repository.proposals()[0]!}`,
      'refs/heads/main',
    ]);
  });

  it('makes no commit for a backend that comes and goes', async () => {
    const before = scene.repository.commits();

    for (let flap = 0; flap < 10; flap += 1) {
      await scene.cluster(...(flap % 2 === 0 ? [prometheus] : [prometheus, loki]));
      expect(await scene.run(keyed)).to.include({ outcome: 'waiting' });
      scene.clock.advance(5 * 60_000);
    }

    expect(scene.repository.commits()).to.equal(before);
    expect(scene.repository.proposals()).to.deep.equal([]);
  });
});
