import { expect } from 'chai';
import { detectors } from '../../detectors/index.ts';
import type { Decision } from '../../plugin/discovery/decision.ts';
import type { Entry } from '../accuracy/corpus.ts';
import { readCorpus, readRecorded, stacks, titleOf } from '../accuracy/corpus.ts';
import { compareWithFloor, readFloors } from '../accuracy/floor.ts';
import type { Verdict } from '../accuracy/judge.ts';
import { decide } from '../accuracy/judge.ts';
import { knownMisses } from '../accuracy/known-misses.ts';
import type { LeftOut } from '../accuracy/left-out.ts';
import { leaveOut, projectOf } from '../accuracy/left-out.ts';
import { countOutcomes } from '../accuracy/outcomes.ts';
import { judgeRecorded, outcomesBySet } from '../accuracy/report.ts';
import { judgeCorpus } from '../accuracy/score.ts';

describe('accuracy', () => {
  const corpus = readCorpus();
  const floors = readFloors();
  let leftOut: readonly LeftOut[];

  before(async () => {
    leftOut = await leaveOut(corpus);
  });

  it('equals the floor of every set, neither worse nor better', async () => {
    const measured = outcomesBySet((await judgeCorpus(corpus)).together);

    const all = Object.entries(measured).flatMap(([file, counts]) => compareWithFloor(file, counts, floors[file]!));
    expect(all).to.deep.equal([]);
  });

  it('has no miss where custom resources or Pods were recorded, except what only the health check finds out', async () => {
    const verdicts = await judgeRecorded(corpus, readRecorded());

    expect(verdicts).to.not.have.lengthOf(0);
    const misses = verdicts.filter(
      ({ entry, miss }) =>
        miss !== null && knownMisses[titleOf(entry)]?.endsWith('the health check finds out') !== true,
    );
    expect(misses.map(({ entry, miss }) => `${entry.stack}: ${String(miss)}`)).to.deep.equal([]);
  });

  it('equals the floor when literals that only one project uses are left out', () => {
    const measured = countOutcomes(leftOut.flatMap(({ after }) => after));

    expect(compareWithFloor('literals left out', measured, floors['literals left out']!)).to.deep.equal([]);
  });

  it('fails below the floor, and above it until the floor is raised', () => {
    const floor = { right: 4, wrong: 1, needless: 2 };

    expect(compareWithFloor('a.json', { right: 3, wrong: 2, needless: 2 }, floor)).to.deep.equal([
      'worse: a.json: 3 right, and 4 in test/accuracy/floor.json',
      'worse: a.json: 2 wrong, and 1 in test/accuracy/floor.json',
    ]);
    expect(compareWithFloor('a.json', { right: 5, wrong: 1, needless: 1 }, floor)).to.deep.equal([
      'better: a.json: 5 right, and 4 in test/accuracy/floor.json; raise the floor to what was reached',
      'better: a.json: 1 needless, and 2 in test/accuracy/floor.json; raise the floor to what was reached',
    ]);
  });

  it('counts right, broken, missed, wrong and needless results', () => {
    const outcomes = countOutcomes([
      verdict({ type: 'loki', preferred: true }, 'selected', 'loki', null),
      verdict({ type: 'loki', preferred: true }, 'selected', 'loki', 'port 80 instead of 3100'),
      verdict({ type: 'loki', preferred: true }, 'selected', 'tempo', 'taken for tempo'),
      verdict({ type: 'loki', preferred: true }, 'rejected', 'loki', 'not taken'),
      verdict({ type: 'loki', preferred: false }, 'selected', 'loki', null),
      verdict({ type: 'loki', preferred: false }, 'redundant', 'loki', null),
      verdict({ type: null }, 'selected', 'loki', 'taken as loki'),
      verdict({ type: null }, 'ignored', 'loki', null),
    ]);

    const counts = { endpoints: 4, right: 1, broken: 1, missed: 1, wrong: 2, needless: 1, specialPurpose: 0 };
    expect(outcomes).to.deep.equal(counts);
  });

  it('leaves out literals that only one project uses, and keeps those that another project shares', () => {
    const percona = leftOut.find(({ project }) => project === 'percona/percona-server-mysql-operator');

    expect(percona?.literals).to.be.greaterThan(0);
    expect(countOutcomes(percona?.before ?? []).right).to.equal(1);
    expect(countOutcomes(percona?.after ?? []).right).to.equal(0);
    const istio = leftOut.find(({ project }) => project === 'istio/istio');
    expect(countOutcomes(istio?.after ?? []).right).to.equal(countOutcomes(istio?.before ?? []).right);
  });

  it('names a project after the repository that most Services of its stack come from', () => {
    const from = (...sources: string[]): Entry[] => sources.map((source) => ({ ...corpus[0]!, source }));

    expect(projectOf(from('github:a/b@1:x', 'github:c/d@2:y', 'https://github.com/c/d/blob/main/z'))).to.equal('c/d');
    expect(projectOf(from('by hand'))).to.equal('by hand');
  });

  it("decides only the Services of a stack's recorded objects, which exist only for known stacks", async () => {
    const service = {
      metadata: { name: 'grafana', namespace: 'a', labels: { 'app.kubernetes.io/name': 'grafana' } },
      spec: { ports: [{ name: 'service', port: 80 }] },
    };
    const decisions = await decide([service, { kind: 'Pod' }], detectors);

    expect(decisions.map(({ service: { name } }) => name)).to.deep.equal(['grafana']);
    const unknown = Object.keys(readRecorded()).filter((stack) => !stacks(corpus).has(stack));
    expect(unknown).to.deep.equal([]);
  });
});

function verdict(
  expected: Entry['expected'],
  decision: Decision['decision'],
  id: string,
  miss: string | null,
): Verdict {
  const service = { metadata: { name: 'a' }, spec: {}, apiVersion: 'v1', kind: 'Service' };
  const detector = detectors.find((one) => one.id === id)!;
  const endpoint = { scheme: 'http', host: 'a', port: 80, path: '' } as Decision['endpoint'];
  const view = { namespace: 'a', name: 'a', labels: {}, owners: [] } as Partial<
    Decision['service']
  > as Decision['service'];
  const reached = { service: view, decision, detector, endpoint, toolset: null, rule: '' } as unknown as Decision;
  return { entry: { source: 'a', stack: 'a', service, expected }, decision: reached, miss };
}
