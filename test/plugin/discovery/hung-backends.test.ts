import { expect } from 'chai';
import nock from 'nock';
import { HttpProber } from '../../../plugin/cluster/probe/http-prober.ts';
import type { Prober } from '../../../plugin/cluster/probe/probe.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import type { HungServers } from '../../support/hung-servers.ts';
import { hungStages, prometheusAt, startHungServers } from '../../support/hung-servers.ts';
import { discoverFixture } from './fixture.ts';

/** The longest that settings allow for, and more than a busy machine ever needs. */
const [longestSeconds, busySeconds] = [20, 100];

describe('plugin/discovery/hung-backends', () => {
  const end = new AbortController();
  let servers: HungServers;

  before(async () => {
    // Every Service is at an address of loopback: nothing is asked elsewhere.
    nock.restore();
    servers = await startHungServers();
  });

  after(async () => {
    end.abort();
    await servers.stop();
    nock.activate();
  });

  /**
   * Who is admitted with the settings' defaults. What hangs has the second that these say; what answers at once has as long as a
   * busy machine needs to let it, for its own second begins with its turn and says nothing of what it waited for before.
   */
  async function admittedOf(items: readonly KubeObject[], spec: object = { health: {} }): Promise<readonly string[]> {
    const prober = new HttpProber({ signal: end.signal, startWithinMs: 60_000 });
    const answering = new RegExp(`:${String(servers.answering)}/`);
    const probe: Prober = (request) => {
      const isAnswering = answering.test(request.target);
      return prober.probe(isAnswering ? { ...request, timeoutSeconds: busySeconds } : request);
    };
    const { admitted } = await discoverFixture({ items, spec, prober: probe });
    return admitted.map(({ instance }) => instance);
  }

  const real = (namespace: string): readonly KubeObject[] => prometheusAt(servers.answering, namespace, 'zz-real');

  for (const stage of hungStages) {
    it(`admits a backend beside one that hangs: ${stage}`, async () => {
      const both = await admittedOf([...prometheusAt(servers.hung[stage], 'aaa', 'hung'), ...real('monitoring')]);

      expect(both).to.deep.equal(['monitoring/zz-real']);
    });
  }

  it('admits a backend beside one that hangs behind a hundred Services', async () => {
    const items = Array.from({ length: 100 }, (_, index) =>
      prometheusAt(servers.hung.accept, 'aaa', `hung-${String(index)}`, 'hung'),
    );

    const all = await admittedOf([...items.flat(), ...real('monitoring')]);

    expect(all).to.deep.equal(['monitoring/zz-real']);
  });

  it('falls back to the next entry point when several hang', async () => {
    const items = ['a', 'bb', 'ccc'].map((name) => prometheusAt(servers.hung.accept, 'monitoring', name, 'one'));
    const behind = prometheusAt(servers.answering, 'monitoring', 'dddd', 'one');

    const all = await admittedOf([...items.flat(), ...behind]);

    expect(all).to.deep.equal(['monitoring/dddd']);
  });

  it('finds new backends beside 500 hanging ones in five namespaces', async () => {
    const hung = Array.from({ length: 500 }, (_, index) =>
      prometheusAt(
        servers.hung[hungStages[index % hungStages.length] ?? 'accept'],
        `tenant-${String(index % 5)}`,
        `hung-${String(index)}`,
      ),
    );
    // Of a namespace that is not trusted, a hundred are looked at.
    const items = [...hung.slice(1).flat(), ...real('tenant-0'), ...real('zz-sixth')];

    expect(await admittedOf(items)).to.deep.equal(['tenant-0/zz-real', 'zz-sixth/zz-real']);
  });

  it('waits for a slow backend as long as the settings allow', async () => {
    const slow = prometheusAt(servers.slow, 'monitoring', 'slow');

    const forAll = { health: { timeoutSeconds: longestSeconds } };
    const ofDetector = { detectors: { prometheus: { timeoutSeconds: longestSeconds } }, health: {} };
    const specs = [{ health: {} }, forAll, ofDetector];
    const admitted = await Promise.all(specs.map((spec) => admittedOf(slow, spec)));

    expect(admitted).to.deep.equal([[], ['monitoring/slow'], ['monitoring/slow']]);
  });
});
