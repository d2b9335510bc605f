import { expect } from 'chai';
import { join } from 'node:path';
import { parseProposeFlags } from '../../../../plugin/commands/flags/propose-flags.ts';
import { propose } from '../../../../plugin/commands/propose/propose.ts';
import { BareRepository } from '../../../support/bare-repository.ts';
import type { TestClock } from '../../../support/clock.ts';
import { testClock } from '../../../support/clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { runHere } from '../../../support/run.ts';

const machine = { PATH: process.env.PATH };

const service = (name: string, product: string, port: number): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'obs', name, labels: { 'app.kubernetes.io/name': product } },
    spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ name: 'http', port }] },
  });

const values = `# Values of the fleet.
holmes:
  replicas: 1   # one is enough

  # kept up to date by dynamic-toolset
  toolsets:
    prometheus/metrics:
      # people ask about this one
      enabled: true
      config:
        prometheus_url: "http://old.obs.svc:9090"
    old/gone: {enabled: false}
other: &shared [1,2]
again: *shared
`;

describe('plugin/commands/propose', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let repository: BareRepository;
  let clock: TestClock;

  beforeEach(() => {
    repository = new BareRepository(folder.path);
    repository.commit({ 'README.md': 'fleet\n', 'prod/values.yaml': values });
    clock = testClock();
  });

  async function cluster(...services: readonly string[]): Promise<string> {
    return folder.write('cluster.yaml', services.map((one) => `---\n${one}\n`).join(''));
  }

  const prometheus = service('prometheus', 'prometheus', 9090);
  const loki = service('loki', 'loki', 3100);

  async function run(args: readonly string[], at: Pick<TestClock, 'epochMs'> = clock): Promise<Record<string, string>> {
    const snapshot = join(folder.path, 'cluster.yaml');
    const all = ['--repository', repository.path, '--path', folder.path, '--snapshot', snapshot, '-o', 'json', ...args];
    const { text } = await propose(parseProposeFlags(all, { machine }), at);
    return JSON.parse(text) as Record<string, string>;
  }

  const manifest = ['--file', 'prod/toolsets.yaml'];
  const keyed = ['--file', 'prod/values.yaml', '--key', '/holmes/toolsets'];

  it('proposes the manifest that generate prints, with what changed and why', async () => {
    await cluster(prometheus, loki);

    const outcome = await run([...manifest, '--settle', '0s']);

    const [branch = ''] = repository.proposals();
    expect(outcome).to.include({ outcome: 'proposed', base: 'main', branch, commit: repository.tip(branch) });
    const args = ['generate', '--path', folder.path, '--snapshot', join(folder.path, 'cluster.yaml')];
    expect(repository.text(branch, 'prod/toolsets.yaml')).to.equal((await runHere(args)).stdout);
    expect(repository.text(branch, 'prod/values.yaml')).to.equal(values);
    expect(repository.git('log', '--format=%an %P', '-1', branch)).to.equal(
      `dynamic-toolset ${repository.tip('main')!}`,
    );
    const message = repository.message(branch);
    expect(message.split('\n')[0]).to.match(/^Toolsets: add /);
    expect(message).to.include('\n- prometheus/metrics: new, from Service obs/prometheus\n');
  });

  it('says that there is nothing to propose once it is merged, and deletes its branch', async () => {
    await cluster(prometheus);
    await run([...manifest, '--settle', '0s']);
    const [branch = ''] = repository.proposals();

    expect(await run(manifest)).to.include({ outcome: 'standing', branch });
    repository.git('update-ref', 'refs/heads/main', repository.tip(branch)!);

    expect(await run(manifest)).to.include({ outcome: 'closed' });
    expect(repository.proposals()).to.deep.equal([]);
    const before = repository.commits();
    expect(await run(manifest)).to.include({ outcome: 'unchanged' });
    expect(repository.commits()).to.equal(before);
    expect([...repository.refs().keys()]).to.deep.equal(['refs/heads/main']);
  });

  it('changes the value of a key, and no other byte of the file', async () => {
    await cluster(prometheus);

    await run([...keyed, '--settle', '0s']);

    const [branch = ''] = repository.proposals();
    const text = repository.text(branch, 'prod/values.yaml');
    expect(text).to.include('  replicas: 1   # one is enough\n\n  # kept up to date by dynamic-toolset\n  toolsets:\n');
    expect(text).to.include('      # people ask about this one\n      enabled: true\n');
    expect(text).to.include('"http://prometheus.obs.svc.cluster.local:9090"').and.not.include('old');
    expect(text).to.match(/\nother: &shared \[1,2\]\nagain: \*shared\n$/);
    expect(repository.message(branch)).to.include('- old/gone: removed: no matching Service and not defined in Git');
    expect(await run(keyed)).to.include({ outcome: 'standing' });
  });

  it('waits until a change has lasted, in a reference that is no branch', async () => {
    await cluster(prometheus);

    const first = await run(manifest);
    clock.advance(9 * 60_000);
    const second = await run(manifest);

    expect(first).to.include({ outcome: 'waiting', until: new Date(1_000_000 + 600_000).toISOString() });
    expect(second).to.deep.equal(first);
    expect([...repository.refs().keys()])
      .to.have.lengthOf(2)
      .and.satisfy(([state]: string[]) => /^refs\/dynamic-toolset\/[0-9a-f]{8}$/.test(state!));
    clock.advance(60_000);
    expect(await run(manifest)).to.include({ outcome: 'proposed' });
    expect([...repository.refs().keys()]).to.deep.equal([
      `refs/heads/${repository.proposals()[0]!}`,
      'refs/heads/main',
    ]);
  });

  it('makes no commit for a backend that comes and goes', async () => {
    const before = repository.commits();

    for (let flap = 0; flap < 10; flap += 1) {
      await cluster(...(flap % 2 === 0 ? [prometheus] : [prometheus, loki]));
      expect(await run(keyed)).to.include({ outcome: 'waiting' });
      clock.advance(5 * 60_000);
    }

    expect(repository.commits()).to.equal(before);
    expect(repository.proposals()).to.deep.equal([]);
  });
});
