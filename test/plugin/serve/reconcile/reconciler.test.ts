import { expect } from 'chai';
import { hubIdentity } from '../../../../plugin/serve/reconcile/evaluation/inputs.ts';
import type { StoreAnswer } from '../../../../plugin/cluster/stores/question.ts';
import type { ProbeResult, Prober } from '../../../../plugin/cluster/probe/probe.ts';
import type { ManagedResource } from '../../../../plugin/argocd/application.ts';
import type { Cause, ConfigMapStatus } from '../../../../plugin/serve/reconcile/status.ts';
import type { ReconcilerOptions } from '../../../../plugin/serve/reconcile/reconciler.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import { configMapProblem } from '../../../../plugin/serve/reasons.ts';
import { Reconciler } from '../../../../plugin/serve/reconcile/reconciler.ts';
import { grafana, prometheus, service, slice } from '../../../support/objects.ts';
import { beginning, virtualTimeOfEach } from '../../../support/virtual-time.ts';
import { application } from '../argocd/argo-cd-model.ts';
import { clusterModel } from '../cluster-model.ts';
import type { ClusterModel } from '../cluster-model.ts';
import { digestIn, generated } from '../generated.ts';

const healthy = { healthy: true, reason: 'Answered', message: 'answered 200' } as const;
const byReadiness = { health: { check: 'readiness', evictAfter: '10m' }, discovery: { evidence: 'off' } };
const minuteMs = 60_000;

describe('plugin/serve/reconcile/reconciler', () => {
  const time = virtualTimeOfEach();

  it('evaluates every ConfigMap at the start, and none again while nothing changes', async () => {
    const scene = await open({ a: {}, b: byReadiness });

    expect(scene.looks()).to.deep.equal([
      ['h/a', 'start'],
      ['h/b', 'start'],
    ]);
    await time.advance(30 * minuteMs);
    expect(scene.looks()).to.have.lengthOf(2);
    expect(scene.tracked('a')).to.deep.include({ application: 'argocd/a', problem: null, outOfDateSince: null });
  });

  it('reports a ConfigMap as out of date, with time and cause, until it matches the cluster', async () => {
    const scene = await open({ a: byReadiness });
    const since = performance.now();

    putReady(scene.model, prometheus());
    await time.advance(300);
    const behind = scene.tracked('a');
    expect(behind).to.deep.include({ cause: 'services' });
    expect(behind.desired).not.to.equal(behind.digest);
    expect(behind.outOfDateSince! - since).to.be.within(250, 300);

    await time.advance(5_000);
    putReady(scene.model, grafana());
    await time.advance(300);
    expect(scene.tracked('a')).to.deep.include({ cause: 'services', outOfDateSince: behind.outOfDateSince });

    await scene.apply('a');
    await time.advance(25);
    expect(scene.tracked('a')).to.deep.include({ cause: 'configMaps', outOfDateSince: null });
  });

  describe('for an out-of-date ConfigMap', () => {
    let grant: 'nothing' | null;
    let scene: Scene;

    beforeEach(async () => {
      grant = null;
      scene = await open({ a: byReadiness }, undefined, { grantOf: () => grant });
      putReady(scene.model, prometheus());
      await time.advance(300);
    });

    async function grantNow(now: typeof grant, ms: number): Promise<void> {
      grant = now;
      scene.reconciler.policyChanged();
      await time.advance(ms);
    }

    it('keeps counting since when it is out of date through a problem that comes and goes', async () => {
      const { outOfDateSince, cause } = scene.tracked('a');

      for (let i = 0; i < 5; i++) {
        await grantNow('nothing', minuteMs);
        expect(scene.tracked('a').problem?.reason).to.equal('ProjectNotInPolicy');
        expect(scene.tracked('a')).to.include({ desired: null, outOfDateSince, cause });
        await grantNow(null, minuteMs);
        expect(scene.tracked('a')).to.include({ problem: null, outOfDateSince, cause });
      }

      await scene.apply('a');
      await time.advance(25);
      expect(scene.tracked('a')).to.include({ problem: null, outOfDateSince: null });
    });

    it('ends that when it is generated again during a problem', async () => {
      await grantNow('nothing', 25);
      expect(scene.tracked('a').outOfDateSince).to.be.a('number');

      await scene.apply('a');
      await time.advance(25);

      expect(scene.tracked('a').problem?.reason).to.equal('ProjectNotInPolicy');
      expect(scene.tracked('a').outOfDateSince).to.equal(null);
    });
  });

  it('evaluates only ConfigMaps that a change can affect', async () => {
    const scene = await open({
      here: { ...byReadiness, discovery: { namespaces: { include: ['monitoring'] } } },
      there: { ...byReadiness, discovery: { namespaces: { include: ['elsewhere'] } } },
    });
    scene.forget();

    scene.model.put(prometheus());
    scene.model.put(service({ namespace: 'monitoring', name: 'shop' }));
    scene.model.put(slice(service({ namespace: 'monitoring', name: 'shop' })));
    await time.advance(2_000);
    expect(scene.looks()).to.deep.equal([['h/here', 'services']]);
  });

  it('evaluates once after a burst of ten thousand events', async () => {
    const scene = await open({ a: byReadiness, b: { ...byReadiness, detectors: { grafana: { enabled: false } } } });
    scene.forget();

    for (let i = 0; i < 10_000; i++) scene.model.put(prometheus('monitoring', `prometheus-${i % 50}`));
    await time.advance(2_000);
    expect(scene.looks()).to.deep.equal([
      ['h/a', 'services'],
      ['h/b', 'services'],
    ]);
  });

  it('evaluates once per second while events keep coming', async () => {
    const scene = await open({ a: byReadiness });
    scene.forget();

    for (let i = 0; i < 100; i++) {
      scene.model.put(prometheus('monitoring', `prometheus-${i}`));
      await time.advance(50);
    }
    expect(scene.looks().length).to.be.within(4, 6);
  });

  const causes: readonly (readonly [cause: Cause, happen: (scene: Scene) => void])[] = [
    [
      'endpoints',
      ({ model }) => {
        model.put(slice(prometheus(), { ready: 0, notReady: 1 }));
      },
    ],
    [
      'namespaces',
      ({ model }) => {
        model.put(namespace('monitoring', 'prod'));
      },
    ],
    [
      'services',
      ({ model }) => {
        model.remove(prometheus());
      },
    ],
    [
      'applications',
      ({ model }) => {
        model.putApplication(applicationOf('a', { project: 'other' }));
      },
    ],
    [
      'policy',
      ({ reconciler }) => {
        reconciler.policyChanged();
      },
    ],
  ];
  for (const [cause, happen] of causes) {
    it(`reports ${cause} as the cause`, async () => {
      const spec = {
        ...byReadiness,
        discovery: { evidence: 'off', namespaces: { selector: { matchLabels: { tier: 'prod' } } } },
      };
      const scene = await open({ a: spec }, (model) => {
        model.put(namespace('monitoring', cause === 'namespaces' ? 'test' : 'prod'));
        putReady(model, prometheus());
      });
      await time.advance(1_000);
      scene.forget();

      happen(scene);
      await time.advance(1_000);
      expect(scene.looks()).to.deep.equal([['h/a', cause]]);
    });
  }

  it('has no desired state while a namespace that the settings look in may not be read', async () => {
    const spec = { ...byReadiness, discovery: { evidence: 'off', namespaces: { include: ['monitoring'] } } };
    const scene = await open({ a: spec }, undefined, { scope: ['monitoring'] });
    putReady(scene.model, prometheus());
    await time.advance(300);
    const { desired } = scene.tracked('a');
    scene.forget();

    scene.model.refuse('monitoring', true);
    await time.advance(300);
    const { problem, ...refused } = scene.tracked('a');
    scene.model.refuse('monitoring', false);
    await time.advance(300);

    expect(problem).to.deep.equal(
      configMapProblem('NamespaceUnreadable', { namespace: 'monitoring', error: 'it is refused' }),
    );
    expect(refused.desired).to.equal(null);
    expect(scene.tracked('a')).to.include({ problem: null, desired });
    expect(scene.looks()).to.deep.equal([
      ['h/a', 'services'],
      ['h/a', 'services'],
    ]);
  });

  it('evaluates nothing again for what an earlier burst changed', async () => {
    const namespaces = { include: ['monitoring'], selector: { matchLabels: { tier: 'prod' } } };
    const scene = await open({ a: { ...byReadiness, discovery: { evidence: 'off', namespaces } } }, (model) => {
      model.put(namespace('monitoring', 'test'));
    });
    const changed = async (change: () => void): Promise<number> => {
      scene.forget();
      change();
      await time.advance(2_000);
      return scene.looks().length;
    };
    const shop = (name: string) => (): void => {
      scene.model.put(service({ namespace: 'monitoring', name }));
    };

    const labelled = await changed(() => {
      scene.model.put(namespace('monitoring', 'prod'));
    });
    const afterLabelled = await changed(shop('one'));
    const refused = await changed(() => {
      scene.model.refuse('monitoring', true);
      scene.model.refuse('monitoring', false);
    });
    const afterRefused = await changed(shop('two'));

    expect({ labelled, afterLabelled, refused, afterRefused }).to.deep.equal({
      labelled: 1,
      afterLabelled: 0,
      refused: 1,
      afterRefused: 0,
    });
  });

  it('has no desired state, and explains nothing, while the ConfigMaps of its own namespace may not be read', async () => {
    const scene = await open({ a: byReadiness });
    putReady(scene.model, prometheus());
    await time.advance(300);
    const { desired } = scene.tracked('a');

    scene.model.refuse('h', true, 'configMaps');
    await time.advance(300);
    const { problem, ...refused } = scene.tracked('a');
    const explained = await scene.reconciler.explain('h/a');
    scene.model.refuse('h', false, 'configMaps');
    await time.advance(300);

    expect(problem).to.deep.equal(configMapProblem('ConfigMapUnreadable', { namespace: 'h', error: 'it is refused' }));
    expect(refused).to.include({ desired: null, services: null });
    expect(explained).to.equal(null);
    expect(scene.tracked('a')).to.include({ problem: null, desired });
  });

  it('probes a new backend, and evaluates again once it has answered', async () => {
    const scene = await open({ a: { discovery: { evidence: 'off', firstQuestion: 'off' } } });
    scene.forget();

    putReady(scene.model, prometheus());
    await time.advance(1_000);
    expect(scene.looks()).to.deep.equal([
      ['h/a', 'services'],
      ['h/a', 'probe'],
    ]);
    expect(scene.tracked('a').outOfDateSince).not.to.equal(null);
  });

  it('keeps a backend while it is probed again because its Service has changed', async () => {
    const scene = await open({ a: {} });
    putReady(scene.model, prometheus());
    await time.advance(1_000);
    const { desired } = scene.tracked('a');

    const { metadata, ...rest } = prometheus();
    scene.model.put({ ...rest, metadata: { ...metadata, labels: { ...metadata.labels, release: 'new' } } });
    await time.advance(1_000);
    expect(scene.wantedSoFar('a').slice(-2)).to.deep.equal([desired, desired]);
  });

  it('does not wait for a backend that never answers', async () => {
    const scene = await open({ a: {} }, undefined, {
      prober: ({ target }) => (target.startsWith('grafana') ? new Promise(() => undefined) : Promise.resolve(healthy)),
    });

    putReady(scene.model, grafana(), prometheus());
    await time.advance(1_000);
    expect(scene.tracked('a').outOfDateSince).not.to.equal(null);
  });

  it('keeps evaluating other ConfigMaps after a bug in one, and keeps the last state of that one', async () => {
    const scene = await open({ a: byReadiness, b: byReadiness }, undefined, {
      grantOf: (project) => {
        if (project === 'cursed') throw new TypeError('undefined is not a function');
        return null;
      },
    });
    const before = scene.tracked('a');
    scene.model.putApplication(applicationOf('a', { project: 'cursed' }));
    await time.advance(25);

    putReady(scene.model, prometheus());
    await time.advance(1_000);
    expect(scene.bugs.map(([configMap]) => configMap)).to.deep.equal(['h/a', 'h/a']);
    expect(scene.tracked('a')).to.equal(before);
    expect(scene.tracked('b').outOfDateSince).not.to.equal(null);
  });

  it('reports a bug in a probe, keeps evaluating, and probes again', async () => {
    const bug = new Error('bug');
    let probes = 0;
    const scene = await open({ a: {} }, undefined, {
      prober: () => {
        probes += 1;
        return probes === 1 ? Promise.reject(bug) : Promise.resolve(healthy);
      },
    });

    putReady(scene.model, prometheus());
    await time.advance(1_000);
    expect(scene.bugs).to.deep.equal([['h/a', bug]]);
    await time.advance(5_000);

    expect(scene.tracked('a').services).to.deep.equal({ selected: 1, unhealthy: 0 });
  });

  describe('when a backend has been unready for evictAfter', () => {
    const changedAt = new Date(beginning).toISOString();
    let scene: Scene;
    beforeEach(async () => {
      scene = await open({ a: byReadiness }, (model) => {
        putReady(model, prometheus());
      });
      scene.model.put(slice(prometheus(), { ready: 0, notReady: 1, changedAt }));
      await time.advance(1_000);
      expect(scene.tracked('a').outOfDateSince).to.equal(null);
    });

    it('evicts it without an event', async () => {
      await time.advance(10 * minuteMs - 3_000);
      expect(scene.tracked('a').outOfDateSince).to.equal(null);

      await time.advance(3_000);
      expect(scene.tracked('a')).to.deep.include({ cause: 'time' });
      expect(scene.tracked('a').outOfDateSince).not.to.equal(null);
    });

    it('evicts it within a minute when the clock is set forward', async () => {
      time.setClock(beginning + 60 * minuteMs);

      await time.advance(minuteMs + 250);
      expect(scene.tracked('a').outOfDateSince).not.to.equal(null);
    });

    it('waits for the clock when it is set back', async () => {
      await time.advance(9 * minuteMs);
      time.setClock(beginning - 60 * minuteMs);

      await time.advance(20 * minuteMs);
      expect(scene.tracked('a').outOfDateSince).to.equal(null);
      await time.advance(51 * minuteMs);
      expect(scene.tracked('a').outOfDateSince).not.to.equal(null);
    });

    it('keeps it if it becomes ready in time', async () => {
      scene.model.put(slice(prometheus()));

      await time.advance(60 * minuteMs);
      expect(scene.tracked('a').outOfDateSince).to.equal(null);
    });
  });

  it('reports why it cannot evaluate a ConfigMap, and evaluates it once the reason is gone', async () => {
    let grant: 'nothing' | null = 'nothing';
    const scene = await open({ a: byReadiness }, undefined, { grantOf: () => grant });
    expect(scene.tracked('a')).to.deep.include({
      problem: configMapProblem('ProjectNotInPolicy', { project: '"default"', cluster: '"in-cluster"' }),
      desired: null,
    });
    grant = null;
    scene.reconciler.policyChanged();
    await time.advance(25);
    expect(scene.tracked('a')).to.deep.include({ problem: null });

    scene.model.removeApplication('argocd/a');
    await time.advance(25);
    expect(scene.tracked('a')).to.deep.include({ application: null });
    expect(scene.tracked('a').problem?.reason).to.equal('ApplicationNotFound');
    scene.model.putApplication(applicationOf('a'));
    await time.advance(25);
    expect(scene.tracked('a')).to.deep.include({ application: 'argocd/a', problem: null });
  });

  it('does not evaluate a ConfigMap that its Application no longer generates, until it does again', async () => {
    const scene = await open({ a: byReadiness });
    const listed = (status: ManagedResource['status']): object => ({
      configMaps: [{ namespace: 'h', name: 'a', status }],
    });

    scene.model.putApplication(applicationOf('a', listed('RequiresPruning')));
    await time.advance(25);
    expect(scene.tracked('a')).to.deep.include({
      desired: null,
      problem: configMapProblem('NoLongerGenerated', { application: 'argocd/a' }),
    });
    scene.model.putApplication(applicationOf('a', listed('OutOfSync')));
    await time.advance(25);

    expect(scene.tracked('a')).to.deep.include({ problem: null });
    expect(scene.tracked('a').desired).not.to.equal(null);
  });

  describe("for an Application outside Argo CD's namespace, with a policy", () => {
    const grant = { include: ['*'], exclude: [], trust: null, clusters: [] };
    const names = { application: 'team/a', project: '"platform"' };
    const elsewhere = applicationOf('a', { namespace: 'team', project: 'platform' });
    const forbidden = new PluginError('CLUSTER_FORBIDDEN', 'forbidden', { hint: 'add a rule' });

    for (const [title, permits, problem] of [
      ['that its project permits', () => Promise.resolve(true), null],
      [
        'that its project does not permit',
        () => Promise.resolve(false),
        configMapProblem('ProjectNotPermitted', { ...names, argoCd: 'argocd' }),
      ],
      [
        'whose project cannot be read',
        () => Promise.reject(forbidden),
        configMapProblem('ProjectUnreadable', { ...names, error: 'forbidden; add a rule' }),
      ],
    ] as const) {
      it(`evaluates ${problem === null ? 'what the policy grants' : 'nothing'} when ${title}`, async () => {
        const scene = await open({ a: byReadiness }, undefined, { grantOf: () => grant, permits });
        scene.model.removeApplication('argocd/a');
        scene.model.putApplication(elsewhere);
        await time.advance(25);

        expect(scene.tracked('a').problem).to.deep.equal(problem);
        expect(scene.tracked('a').desired === null).to.equal(problem !== null);
      });
    }

    it('notices within a minute that its project no longer permits it', async () => {
      let isPermitted = true;
      const permits = (): Promise<boolean> => Promise.resolve(isPermitted);
      const scene = await open({ a: byReadiness }, undefined, { grantOf: () => grant, permits });
      scene.model.removeApplication('argocd/a');
      scene.model.putApplication(elsewhere);
      await time.advance(25);

      isPermitted = false;
      await time.advance(minuteMs);

      expect(scene.tracked('a').problem?.reason).to.equal('ProjectNotPermitted');
    });
  });

  it('reports the namespaces of the settings that are not watched', async () => {
    const elsewhere = { ...byReadiness, discovery: { namespaces: { include: ['logging', 'monitoring'] } } };
    const scene = await open({ a: byReadiness, b: elsewhere }, undefined, { scope: ['monitoring'] });

    expect(scene.tracked('a').problem).to.deep.equal(
      configMapProblem('ScopeNotWatched', { scope: 'the whole cluster' }),
    );
    expect(scene.tracked('b').problem).to.deep.equal(configMapProblem('ScopeNotWatched', { scope: 'logging' }));
  });

  it('forgets a deleted ConfigMap, and stops its probes', async () => {
    const asked: string[] = [];
    const scene = await open({ a: {} }, undefined, {
      prober: ({ target }) => {
        asked.push(target);
        return Promise.resolve({ healthy: false, reason: 'ProbeTimeout', message: 'x' } as const);
      },
    });
    putReady(scene.model, prometheus());
    await time.advance(1_000);
    scene.model.removeConfigMap('h/a');
    await time.advance(25);
    const before = asked.length;

    await time.advance(30 * minuteMs);
    expect(scene.reconciler.configMaps.size).to.equal(0);
    expect(asked).to.have.lengthOf(before);
  });

  describe('on request', () => {
    const slow: Prober = ({ target }) =>
      target.startsWith('grafana') ? new Promise(() => undefined) : Promise.resolve(healthy);

    it('explains the decisions of a ConfigMap from what is known, without a probe', async () => {
      const asked: string[] = [];
      const scene = await open({ a: {} }, undefined, {
        prober: (request) => {
          asked.push(request.target);
          return slow(request);
        },
      });
      putReady(scene.model, prometheus(), grafana());
      await time.advance(1_000);
      const before = asked.length;

      const explained = await scene.reconciler.explain('h/a');

      const decisions = explained!.conclusion.decisions.map(({ service: { name }, decision, reason }) => [
        name,
        decision,
        reason,
      ]);
      expect(decisions).to.deep.equal([
        ['prometheus', 'selected', 'Answered'],
        ['grafana', 'unhealthy', 'ProbePending'],
      ]);
      expect(explained!.candidates.has('monitoring/prometheus')).to.equal(true);
      expect(explained!.metadata.digest).to.equal(scene.tracked('a').digest);
      expect(asked).to.have.lengthOf(before);
    });

    it('omits what a first query needs when no stores are asked, as in another cluster', async () => {
      const messageWith = async (stores: ReconcilerOptions['stores']): Promise<string> => {
        const scene = await open({ a: {} }, undefined, { stores });
        putReady(scene.model, prometheus());
        await time.advance(1_000);
        const explained = await scene.reconciler.explain('h/a');
        return explained!.conclusion.decisions[0]!.message;
      };

      const ending = 'what a first query needs is not known';
      expect(await messageWith(() => Promise.resolve({ noFacts: 'Silent' }))).to.contain(ending);
      expect(await messageWith(null)).not.to.contain(ending);
    });

    it('explains nothing for a ConfigMap that is missing, unreadable or not to be evaluated', async () => {
      const scene = await open({ a: byReadiness, b: byReadiness }, undefined, {
        grantOf: (project) => (project === 'other' ? 'nothing' : null),
      });
      scene.model.putConfigMap({ namespace: 'h', name: 'a', labels: {}, annotations: {} });
      scene.model.putApplication(applicationOf('b', { project: 'other' }));
      await time.advance(25);

      for (const key of ['h/a', 'h/b', 'h/none']) expect(await scene.reconciler.explain(key), key).to.equal(null);
    });

    it('probes every backend again, and resolves once the ConfigMap was evaluated with the results', async () => {
      let isUp = false;
      const scene = await open({ a: {} }, undefined, {
        prober: () =>
          Promise.resolve(isUp ? healthy : ({ healthy: false, reason: 'ProbeTimeout', message: 'x' } as const)),
      });
      putReady(scene.model, prometheus());
      await time.advance(1_000);
      expect(scene.tracked('a').outOfDateSince).to.equal(null);
      isUp = true;
      scene.forget();

      const done = scene.reconciler.enqueueAndWait(['h/a']);
      await time.advance(25);
      await done;

      expect(scene.looks()[0]).to.deep.equal(['h/a', 'request']);
      expect(scene.tracked('a').outOfDateSince).not.to.equal(null);
    });
  });

  it('reports each discovery with its duration, including one that was not possible', async () => {
    let reported: [configMap: string, digest: string | null, seconds: number][] = [];
    let grant: 'nothing' | null = null;
    const scene = await open({ a: byReadiness }, undefined, {
      grantOf: () => {
        time.spend(40);
        return grant;
      },
      onDiscovery: (key, discovery, seconds) => void reported.push([key, discovery?.digest ?? null, seconds]),
    });
    expect(reported).to.deep.equal([['h/a', scene.tracked('a').digest, 0.04]]);

    reported = [];
    grant = 'nothing';
    scene.reconciler.policyChanged();
    await time.advance(25);
    expect(reported).to.deep.equal([['h/a', null, 0.04]]);
  });

  it('evicts each of several unready backends in its own time', async () => {
    const at = (minutes: number): string => new Date(beginning + minutes * minuteMs).toISOString();
    const scene = await open({ a: byReadiness }, (model) => {
      putReady(model, prometheus(), grafana());
    });
    scene.model.put(slice(grafana(), { ready: 0, notReady: 1, changedAt: at(0) }));
    await time.advance(3 * minuteMs);
    scene.model.put(slice(prometheus(), { ready: 0, notReady: 1, changedAt: at(3) }));
    await time.advance(1_000);

    await time.advance(7 * minuteMs);
    const first = scene.tracked('a').desired;
    expect(first).not.to.equal(scene.tracked('a').digest);
    await time.advance(3 * minuteMs);
    expect(scene.tracked('a').desired).not.to.be.oneOf([first, scene.tracked('a').digest]);
  });

  it('ignores readiness without health checks', async () => {
    const scene = await open({ a: { health: { check: 'none' } } }, (model) => {
      putReady(model, prometheus());
    });
    scene.model.put(slice(prometheus(), { ready: 0, notReady: 1, changedAt: new Date(beginning).toISOString() }));

    await time.advance(60 * minuteMs);
    expect(scene.tracked('a')).to.deep.include({ outOfDateSince: null });
    expect(scene.looks().filter(([, cause]) => cause === 'time')).to.deep.equal([]);
  });

  it('evaluates again after a change of Namespace labels only for settings that select by them', async () => {
    const matchExpressions = [{ key: 'tier', operator: 'In', values: ['prod'] }];
    const scene = await open(
      {
        a: { ...byReadiness, discovery: { evidence: 'off', namespaces: { selector: { matchExpressions } } } },
        b: byReadiness,
      },
      (model) => {
        model.put(namespace('monitoring', 'test'));
        putReady(model, prometheus());
      },
    );
    scene.forget();

    scene.model.put(namespace('monitoring', 'prod'));
    await time.advance(1_000);
    expect(scene.looks()).to.deep.equal([['h/a', 'namespaces']]);
    expect(scene.tracked('a').outOfDateSince).not.to.equal(null);
  });

  it("applies a ConfigMap's new settings instead of the old ones", async () => {
    const inNamespace = (name: string): object => ({ ...byReadiness, discovery: { namespaces: { include: [name] } } });
    const specs: Record<string, Readonly<Record<string, unknown>>> = { a: { ...inNamespace('monitoring') } };
    const scene = await open(specs);
    specs.a = { ...inNamespace('elsewhere') };
    await scene.apply('a');
    await time.advance(25);
    scene.forget();

    scene.model.put(prometheus());
    await time.advance(1_000);
    expect(scene.looks()).to.deep.equal([]);
    scene.model.put(prometheus('elsewhere'));
    await time.advance(1_000);
    expect(scene.looks()).to.deep.equal([['h/a', 'services']]);
  });

  it('evaluates only ConfigMaps that a changed Application owns, lists or may come to own', async () => {
    const scene = await open({ a: byReadiness, b: byReadiness, orphan: byReadiness });
    scene.model.removeApplication('argocd/orphan');
    await time.advance(25);
    scene.forget();

    scene.model.putApplication(applicationOf('a', { project: 'other' }));
    await time.advance(25);
    expect(scene.looks()).to.deep.equal([
      ['h/a', 'applications'],
      ['h/orphan', 'applications'],
    ]);
  });

  it('evaluates nothing after the end', async () => {
    const scene = await open({ a: byReadiness });
    scene.forget();
    scene.model.put(prometheus());
    scene.end();

    await time.advance(5_000);
    scene.model.removeApplication('argocd/a');
    await time.advance(5_000);
    expect(scene.looks()).to.deep.equal([]);
  });

  interface Scene {
    readonly model: ClusterModel;
    readonly reconciler: Reconciler;
    readonly bugs: readonly (readonly [configMap: string, error: unknown])[];
    readonly looks: () => readonly (readonly [configMap: string, cause: Cause])[];
    readonly forget: () => void;
    readonly tracked: (name: string) => ConfigMapStatus;
    readonly wantedSoFar: (name: string) => readonly (string | null)[];
    /** Lets Argo CD apply what generate prints now. */
    readonly apply: (name: string) => Promise<void>;
    readonly end: () => void;
  }

  /** A reconciler of ConfigMaps as `generate` printed them, each with an Application of its name; all of it looked at. */
  async function open(
    specs: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    fill?: (model: ClusterModel) => void,
    options: Partial<Pick<ReconcilerOptions, 'grantOf' | 'permits' | 'prober' | 'stores' | 'onDiscovery'>> & {
      readonly scope?: readonly string[];
    } = {},
  ): Promise<Scene> {
    const model = clusterModel(Date.now, options.scope);
    fill?.(model);
    const {
      prober = (): Promise<ProbeResult> => Promise.resolve(healthy),
      stores = (): Promise<StoreAnswer> => Promise.resolve({ noFacts: 'Credential' }),
      grantOf = (): null => null,
      permits = (): Promise<boolean> => Promise.resolve(true),
      onDiscovery,
    } = options;
    const apply = (name: string): Promise<void> => applyTo(model, name, specs[name]!, prober);
    for (const name of Object.keys(specs)) {
      await apply(name);
      model.putApplication(applicationOf(name));
    }
    const ending = new AbortController();
    const looked: (readonly [configMap: string, cause: Cause])[] = [];
    const desired: (readonly [configMap: string, desired: string | null])[] = [];
    const bugs: (readonly [string, unknown])[] = [];
    const reconciler = new Reconciler({
      caches: model.caches,
      signal: ending.signal,
      prober,
      evidence: model.cluster,
      stores,
      here: hubIdentity,
      grantOf,
      permits,
      onDiscovery,
      onBug: (error, configMap) => void bugs.push([configMap, error]),
      onStatus: (after, before) => {
        const known = after ?? before;
        if (!known) return;
        desired.push([known.name, known.desired]);
        looked.push([`${known.namespace}/${known.name}`, causeOf(after, before)]);
      },
    });
    reconciler.start();
    await time.advance(25);
    const end = (): void => {
      ending.abort();
    };
    time.atEnd(end);
    return {
      model,
      reconciler,
      bugs,
      apply,
      end,
      looks: () => [...looked],
      forget: () => void looked.splice(0),
      tracked: (name) => reconciler.configMaps.get(`h/${name}`)!,
      wantedSoFar: (name) => desired.filter(([one]) => one === name).map(([, digest]) => digest),
    };
  }
});

/** What is behind keeps the cause that it fell behind for: what made it be looked at is then not to be seen. */
function causeOf(after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined): Cause {
  return (after ?? before)!.cause;
}

async function applyTo(
  model: ClusterModel,
  name: string,
  spec: Readonly<Record<string, unknown>>,
  prober: Prober,
): Promise<void> {
  const target = { configMap: { namespace: 'h', name } };
  const configMap = await generated({ name, spec: { ...spec, target }, cluster: model.cluster, prober });
  expect(digestIn(configMap)).to.match(/^sha256:/);
  model.putConfigMap(configMap);
}

function applicationOf(name: string, differences: object = {}): ReturnType<typeof application> {
  return application({ name, configMaps: [{ namespace: 'h', name, status: 'Synced' }], ...differences });
}

function namespace(name: string, tier: string): Parameters<ClusterModel['put']>[0] {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { tier } } };
}

/** Adds Services, each with a ready endpoint. */
function putReady(model: ClusterModel, ...services: readonly ReturnType<typeof prometheus>[]): void {
  for (const one of services) {
    model.put(one);
    model.put(slice(one));
  }
}
