import { expect } from 'chai';
import type { Explanation } from '../../../plugin/commands/explain/explanation.ts';
import { pageSize } from '../../../plugin/cluster/http/list.ts';
import { exitCodes } from '../../../plugin/lib/codes.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { failsAs, startFaulty, withFaulty } from './fixture.ts';
import type { FaultCase, Faulty, Outcome, Step } from './fixture.ts';
import { buildProgram, gitFolder, outputOf } from '../support/program.ts';

const parallelRuns = 4;
const names = ['aaa', 'mmm', 'zzz'];
const healing = { once: 'heals', always: 'CLUSTER_FAILED' } as const;

const cases: readonly FaultCase[] = [
  // The list is requested without pages in the end.
  { title: 'has expired (410)', fault: () => ({ kind: 'status', status: 410 }), once: 'heals', always: 'heals' },
  { title: 'is throttled', fault: () => ({ kind: 'status', status: 429 }), ...healing },
  { title: 'fails (500)', fault: () => ({ kind: 'status', status: 500 }), ...healing },
  { title: 'is forbidden', fault: () => ({ kind: 'status', status: 403 }), ...failsAs('CLUSTER_FORBIDDEN') },
  { title: 'is not found', fault: () => ({ kind: 'status', status: 404 }), ...failsAs('CLUSTER_RESPONSE_INVALID') },
  {
    title: 'is HTML',
    fault: () => ({ kind: 'replace', body: '<html></html>', contentType: 'text/html' }),
    ...failsAs('CLUSTER_RESPONSE_INVALID'),
  },
  ...[0, 1, 0.5].map((share) => ({
    title: `breaks off after ${share === 1 ? 'all but one' : `${100 * share} %`} of its bytes`,
    fault: (bytes: number) => ({ kind: 'cut' as const, afterBytes: Math.floor((bytes - 1) * share) }),
    ...({ once: 'heals', always: 'CLUSTER_UNREACHABLE' } as const),
  })),
  {
    title: 'ends early as if it were complete',
    // The last four bytes are two empty fields, behind the list.
    fault: (bytes) => ({ kind: 'truncate', afterBytes: bytes - 5 }),
    ...failsAs('CLUSTER_RESPONSE_INVALID'),
  },
  {
    title: 'never ends',
    fault: (bytes) => ({ kind: 'hang', afterBytes: bytes - 1 }),
    ...failsAs('DEADLINE_EXCEEDED'),
  },
];

describe('cluster/faults/list-pages', () => {
  let cluster: Cluster;
  let folder: string;
  let proxies: readonly Faulty[];
  let good: Outcome;
  let second: Step;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    const others = Array.from({ length: 2500 }, (_, index) => service(`team-${index % 50}`, `web-${index}`, 80, 'web'));
    await cluster.seedServices([...others, ...names.map((name) => service(name, 'prometheus', 9090))]);
    folder = await gitFolder(cluster.folder, {});
    const started = Array.from({ length: parallelRuns }, () => startFaulty(cluster, folder, 'none'));
    proxies = await Promise.all(started);
    const steps = await proxies[0]!.steps();
    second = steps.find(({ next }) => next)!;
    good = await proxies[0]!.runWith(null, { kind: 'slow', delayMs: 0 }, 0);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await Promise.all(((proxies as typeof proxies | undefined) ?? []).map((proxy) => proxy.stop()));
    await (cluster as Cluster | undefined)?.stop();
  });

  it('reads every page once', async () => {
    const program = await buildProgram(cluster.folder);
    const kubeconfig = await cluster.kubeconfig();
    const before = (await cluster.auditEvents()).length;

    const stdout = outputOf(await program.run(['generate', '--check', 'none', '--kubeconfig', kubeconfig]));
    const events = (await cluster.auditEvents()).slice(before);
    const args = ['explain', '--all', '-o', 'json', '--check', 'none', '--kubeconfig', kubeconfig];
    const { services } = JSON.parse(outputOf(await program.run(args))) as Explanation;

    const pages = events.filter(
      ({ objectRef, userAgent }) => userAgent === 'dynamic-toolset' && objectRef?.resource === 'services',
    );
    expect(pages)
      .to.have.length.above(2)
      .and.below(Math.ceil(services.length / pageSize));
    expect(stdout).to.equal(good.stdout);
    for (const name of names) expect(stdout).to.include(`${name}/prometheus`);
    // The API server's own Service is one more.
    expect(new Set(services.map(({ namespace, name }) => `${namespace}/${name}`)).size).to.equal(2504);
    expect(services).to.have.length(2504);
  });

  for (const { title, fault, once, always } of cases) {
    it(`prints everything or nothing when the second page ${title}`, async () => {
      const tasks = [
        { times: 1, expected: once },
        { times: Infinity, expected: always },
      ];

      await withFaulty(proxies, tasks, async (faulty, { times, expected }) => {
        const outcome = await faulty.runWith(second, fault(second.bytes), times);

        const failed = expected === 'heals' ? good : { exit: exitCodes[expected], stdout: '', code: expected };
        expect(outcome, `${times} ×`).to.deep.equal(failed);
      });
    });
  }
});
