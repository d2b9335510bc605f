import { expect } from 'chai';
import { exitCodes } from '../../../plugin/lib/codes.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { failsAs, seedFaultFixture, startFaulty, withFaulty } from './fixture.ts';
import type { FaultCase, Faulty, Outcome, Step } from './fixture.ts';

const parallelRuns = 16;
const healing = { once: 'heals', always: 'CLUSTER_FAILED' } as const;
const garbage = failsAs('CLUSTER_RESPONSE_INVALID');

const places: readonly { readonly place: string; readonly at: (bytes: number) => number }[] = [
  { place: 'before the first byte', at: () => 0 },
  { place: 'after the first byte', at: () => 1 },
  { place: 'in the middle', at: (bytes) => Math.floor(bytes / 2) },
  { place: 'before the last byte', at: (bytes) => bytes - 1 },
];

const cases: readonly FaultCase[] = [
  { title: 'answers 401', fault: () => ({ kind: 'status', status: 401 }), ...failsAs('CLUSTER_UNAUTHORIZED') },
  { title: 'answers 403', fault: () => ({ kind: 'status', status: 403 }), ...failsAs('CLUSTER_FORBIDDEN') },
  { title: 'answers 404 as another server would', fault: () => ({ kind: 'status', status: 404 }), ...garbage },
  { title: 'answers 410 to a first page', fault: () => ({ kind: 'status', status: 410 }), ...garbage },
  { title: 'redirects', fault: () => ({ kind: 'status', status: 302 }), ...failsAs('CLUSTER_FAILED') },
  {
    title: 'throttles requests',
    fault: () => ({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }),
    ...healing,
  },
  ...[500, 502, 503, 504].map((status) => ({
    title: `answers ${status}`,
    fault: () => ({ kind: 'status' as const, status }),
    ...healing,
  })),
  ...['<html>log in</html>', '', 'null', '[]', '"x"', '{}', '{"kind":"Status"}', '{"kind":"List","items":null}'].map(
    (body) => ({
      title: `answers 200 with ${JSON.stringify(body)}`,
      fault: () => ({ kind: 'replace' as const, body, contentType: 'application/json' }),
      ...garbage,
    }),
  ),
  ...places.map(({ place, at }) => ({
    title: `stops sending ${place}`,
    fault: (bytes: number) => ({ kind: 'hang' as const, afterBytes: at(bytes) }),
    ...failsAs('DEADLINE_EXCEEDED'),
  })),
  ...places.map(({ place, at }) => ({
    title: `drops the connection ${place}`,
    fault: (bytes: number) => ({ kind: 'cut' as const, afterBytes: at(bytes) }),
    ...({ once: 'heals', always: 'CLUSTER_UNREACHABLE' } as const),
  })),
  ...places.map(({ place, at }) => ({
    title: `ends the response ${place}`,
    // One byte less: the very last one is the new line after the JSON.
    fault: (bytes: number) => ({ kind: 'truncate' as const, afterBytes: at(bytes - 1) }),
    ...garbage,
  })),
];

describe('cluster/faults/fail-closed', () => {
  let cluster: Cluster;
  let proxies: readonly Faulty[];
  let steps: readonly Step[];
  let good: Outcome;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    const folder = await seedFaultFixture(cluster);
    proxies = await Promise.all(Array.from({ length: parallelRuns }, () => startFaulty(cluster, folder)));
    steps = await proxies[0]!.steps();
    good = await proxies[0]!.runWith(null, { kind: 'slow', delayMs: 0 }, 0);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await Promise.all(((proxies as typeof proxies | undefined) ?? []).map((proxy) => proxy.stop()));
    await (cluster as Cluster | undefined)?.stop();
  });

  it('prints the combined result of all four responses', () => {
    expect(good).to.deep.include({ exit: 0, code: null });
    expect(good.stdout).to.include('prometheus.team.svc').and.to.include('grafana.team.svc');
    expect(steps.map(({ path }) => path).sort()).to.deep.equal([
      '/api/v1/namespaces',
      '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap',
      '/api/v1/services',
      '/apis/discovery.k8s.io/v1/endpointslices',
    ]);
  });

  for (const { title, fault, once, always } of cases) {
    it(`prints everything or nothing when a server ${title}`, async () => {
      const tasks = steps.flatMap((step) => [
        { step, times: 1, expected: once },
        { step, times: Infinity, expected: always },
      ]);

      await withFaulty(proxies, tasks, async (faulty, { step, times, expected }) => {
        const outcome = await faulty.runWith(step, fault(step.bytes), times);

        const failed = expected === 'heals' ? good : { exit: exitCodes[expected], stdout: '', code: expected };
        expect(outcome, `${times} × ${step.path}`).to.deep.equal(failed);
      });
    });
  }
});
