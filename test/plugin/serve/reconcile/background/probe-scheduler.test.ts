import { expect } from 'chai';
import type { ProbeRequest, ProbeResult, Prober } from '../../../../../plugin/cluster/probe/probe.ts';
import { ProbeScheduler } from '../../../../../plugin/serve/reconcile/background/probe-scheduler.ts';
import { virtualTimeOfEach } from '../../../../support/virtual-time.ts';

const healthy = { healthy: true, reason: 'Answered', message: 'answered 200' } as const;
const dead = { healthy: false, reason: 'ProbeTimeout', message: 'does not answer' } as const;
const minuteMs = 60_000;

describe('plugin/serve/reconcile/background/probe-scheduler', () => {
  const time = virtualTimeOfEach();

  it('returns an unknown result at once, and notifies the ConfigMap when the backend has answered', async () => {
    const scene = open(healthy);

    expect(await scene.look('one', 'prometheus')).to.include({ healthy: false });
    await time.advance(25);
    expect(scene.told).to.deep.equal([['one']]);
    expect(await scene.look('one', 'prometheus')).to.equal(healthy);
  });

  it('blocks no evaluation on a slow backend', async () => {
    const scene = open((request) => (request.target.startsWith('slow') ? new Promise(() => undefined) : healthy));
    await scene.look('one', 'slow');
    await scene.look('one', 'slow', 'prometheus');

    await time.advance(25);
    expect(await scene.look('one', 'slow', 'prometheus')).to.equal(healthy);
  });

  it('probes a backend once for all ConfigMaps that need it, and notifies all of them', async () => {
    const { promise, resolve } = Promise.withResolvers<ProbeResult>();
    const scene = open(() => promise);
    await scene.look('one', 'prometheus');
    await scene.look('two', 'prometheus');

    resolve(healthy);
    await time.advance(25);
    expect(scene.asked).to.have.lengthOf(1);
    expect(scene.told).to.deep.equal([['one', 'two']]);
  });

  it('retries an unanswered probe with back-off up to 300 s, and notifies only of new results', async () => {
    const scene = open(dead);
    await scene.look('one', 'prometheus');

    await time.advance(60 * minuteMs);
    const pauses = scene.askedAt.slice(1).map((at, i) => Math.round((at - scene.askedAt[i]!) / 1000));
    expect(pauses.slice(0, 9)).to.deep.equal([2, 4, 8, 16, 32, 64, 128, 256, 300]);
    expect(pauses.slice(9).every((pause) => pause === 300)).to.equal(true);
    expect(scene.told).to.deep.equal([]);
  });

  it('notices that a backend has died before it was applied', async () => {
    const answers = [healthy, dead];
    const scene = open(() => answers.shift() ?? dead);
    await scene.look('one', 'prometheus');

    await time.advance(5 * minuteMs + 50);
    expect(scene.told).to.deep.equal([['one'], ['one']]);
  });

  const parts: readonly Partial<ProbeResult>[] = [
    { needsCredential: true },
    { scheme: 'https' },
    { identified: true },
    { prefix: '/prometheus' },
    { host: 'prometheus.monitoring.svc' },
  ];
  for (const part of parts) {
    it(`notices a changed answer of a healthy backend: ${JSON.stringify(part)}`, async () => {
      const answers = [healthy, { ...healthy, ...part }];
      const scene = open(() => answers.shift() ?? { ...healthy, ...part });
      await scene.look('one', 'prometheus');

      await time.advance(20 * minuteMs);
      expect(scene.told).to.deep.equal([['one'], ['one']]);
      expect(await scene.look('one', 'prometheus')).to.include(part);
    });
  }

  it('probes again at once when the Service has changed', async () => {
    const answers = [dead, healthy];
    const scene = open(() => answers.shift() ?? healthy);
    await scene.look('one', 'prometheus');
    await time.advance(25);

    scene.probes.retryNow('other/prometheus');
    scene.probes.retryNow('monitoring/prom');
    await time.advance(25);
    expect(scene.asked).to.have.lengthOf(1);
    scene.probes.retryNow('monitoring/prometheus');
    await time.advance(25);
    expect(scene.told).to.deep.equal([['one']]);
  });

  it('probes once more when the Service changed during the probe', async () => {
    const answers: ((result: ProbeResult) => void)[] = [];
    const scene = open(() => new Promise((resolve) => answers.push(resolve)));
    await scene.look('one', 'prometheus');
    scene.probes.retryNow('monitoring/prometheus');
    answers[0]!(dead);
    await time.advance(25);

    answers[1]!(healthy);
    await time.advance(25);
    expect(await scene.look('one', 'prometheus')).to.equal(healthy);
  });

  it('keeps an answer during an evaluation, even if the Service changes meanwhile', async () => {
    const scene = open(healthy);
    await scene.look('one', 'prometheus');
    await time.advance(25);

    const { ask: prober, end } = scene.probes.begin('one');
    scene.probes.retryNow('monitoring/prometheus');
    await time.advance(25);
    expect(prober(requestFor('prometheus'))).to.equal(healthy);
    end();
  });

  it('stops probing once no evaluation needs the result', async () => {
    const scene = open(dead);
    await scene.look('one', 'prometheus');
    await time.advance(25);
    await scene.look('one');

    await time.advance(60 * minuteMs);
    expect(scene.asked).to.have.lengthOf(1);
  });

  it('stops probing when its signal is aborted', async () => {
    const scene = open(dead);
    await scene.look('one', 'prometheus');
    await time.advance(25);
    scene.end();

    await time.advance(60 * minuteMs);
    expect(scene.asked).to.have.lengthOf(1);
  });
});

interface ProbeScene {
  readonly probes: ProbeScheduler;
  readonly asked: readonly string[];
  readonly askedAt: readonly number[];
  readonly told: readonly (readonly string[])[];
  /** One look at a ConfigMap that asks for these Services; the answer of the last. */
  readonly look: (configMap: string, ...services: readonly string[]) => Promise<ProbeResult | undefined>;
  readonly end: () => void;
}

function open(answer: ProbeResult | ((request: ProbeRequest) => ProbeResult | Promise<ProbeResult>)): ProbeScene {
  const asked: string[] = [];
  const askedAt: number[] = [];
  const told: string[][] = [];
  const ending = new AbortController();
  const prober: Prober = async (request) => {
    asked.push(request.target);
    askedAt.push(performance.now());
    return typeof answer === 'function' ? answer(request) : answer;
  };
  const probes = new ProbeScheduler(prober, {
    signal: ending.signal,
    onAnswer: (configMaps) => void told.push([...configMaps]),
    onBug: (error) => {
      throw error;
    },
  });
  return {
    probes,
    asked,
    askedAt,
    told,
    look: (configMap, ...services) => {
      const { ask, end } = probes.begin(configMap);
      let last: ProbeResult | undefined;
      for (const one of services) last = ask(requestFor(one));
      end();
      return Promise.resolve(last);
    },
    end: () => {
      ending.abort();
    },
  };
}

function requestFor(service: string): ProbeRequest {
  return {
    namespace: 'monitoring',
    service: { name: service, port: 9090 },
    detector: 'prometheus',
    scheme: 'http',
    target: `${service}.monitoring.svc.cluster.local:9090/-/ready`,
    access: null,
    clusterIP: '',
    accept: [200],
    contains: [],
    settleScheme: false,
    findPrefix: false,
    hostNames: [],
    timeoutSeconds: 1,
    attempts: 1,
    intervalSeconds: 0,
  };
}
