import { expect } from 'chai';
import { prometheus } from '../../../../../detectors/prometheus.ts';
import type { Answer, PodView, Unread } from '../../../../../plugin/cluster/types.ts';
import type { EvidenceAnswer, EvidenceQuestion } from '../../../../../plugin/discovery/evidence/question.ts';
import { EvidenceScheduler } from '../../../../../plugin/serve/reconcile/background/evidence-scheduler.ts';
import { virtualTimeOfEach } from '../../../../support/virtual-time.ts';

type Known = EvidenceAnswer | 'pending';

/** Of one namespace of untrusted backends. */
const most = 100;

function question(namespace: string, name = 'prometheus', changedAt = 0): EvidenceQuestion {
  const [type] = prometheus.resources!;
  const keys = { commands: new Set<string>(), flags: new Map() };
  return {
    namespace,
    detector: 'prometheus',
    resource: { type: type!, namespace, name, uid: null },
    pod: null,
    keys,
    changedAt,
  };
}

describe('plugin/serve/reconcile/background/evidence-scheduler', () => {
  const time = virtualTimeOfEach();

  it('reads the evidence for an evaluation once, and keeps it', async () => {
    const scene = open(() => ({ value: { prefix: '/a' } }));

    expect(scene.evaluate(question('a'))).to.deep.equal(['pending']);
    await time.advance(25);
    expect(scene.evaluate(question('a'))).to.deep.equal([{ resource: { value: { prefix: '/a' } } }]);
    await time.advance(3_600_000);

    expect(scene.asked).to.deep.equal(['a']);
  });

  it('limits a namespace with constantly changing endpoints to one read per second, without a backlog', async () => {
    const scene = open(() => ({ value: {} }));
    const seconds = 120;

    for (let second = 1; second <= seconds; second += 1) {
      const all = Array.from({ length: most }, (_, index) => question('flood', `p${String(index)}`, second));
      scene.evaluate(...all, question('calm'));
      await time.advance(1_000);
    }

    expect(scene.asked.filter((one) => one === 'flood').length).to.be.within(most, most + seconds);
    expect(scene.asked.indexOf('calm')).to.be.within(0, most);
    scene.evaluate();
    await time.advance(2_000);
    const before = scene.asked.length;
    await time.advance(600_000);
    expect(scene.asked.length).to.equal(before);
  });

  it('pauses a namespace for 30 s after three unanswered reads, and keeps reading in another', async () => {
    const scene = open(async (namespace) => {
      if (namespace === 'calm') return { value: {} };
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return { unread: 'Unavailable' };
    });
    const flood = ['a', 'b', 'c', 'd', 'e'].flatMap((namespace) =>
      Array.from({ length: most }, (_, index) => question(namespace, `p${String(index)}`)),
    );

    scene.evaluate(...flood);
    await time.advance(100);
    scene.evaluate(...flood, question('calm'));
    await time.advance(4_100);
    expect(scene.evaluate(...flood, question('calm')).at(-1)).to.deep.equal({ resource: { value: {} } });
    await time.advance(60_000);

    // Each 30 s three of each namespace, and those that 16 others had begun to ask for by then.
    expect(scene.asked.length).to.be.below(3 * (5 * 3 + 2 * 16));
  });

  it('discards an answer that is no longer needed when it arrives', async () => {
    const scene = open(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return { value: {} };
    });

    scene.evaluate(question('a'));
    await time.advance(1_000);
    scene.evaluate();
    await time.advance(60_000);

    expect(scene.evaluate(question('a'))).to.deep.equal(['pending']);
    await time.advance(3_000);
    expect(scene.evaluate(question('a'))).to.deep.equal([{ resource: { value: {} } }]);
    expect(scene.asked).to.deep.equal(['a', 'a']);
  });

  it('reads nothing in a namespace for 30 s after failed reads, and then reads it again', async () => {
    let unread: Unread | null = 'Unavailable';
    const scene = open(() => (unread === null ? { value: {} } : { unread }));
    const all = ['a', 'b', 'c', 'd'].map((name) => question('obs', name));

    scene.evaluate(...all);
    await time.advance(1_000);
    unread = null;
    await time.advance(28_500);
    expect(scene.evaluate(...all)).to.deep.equal(all.map(() => ({ resource: { unread: 'Unavailable' } })));
    expect(scene.asked).to.have.length(all.length);
    await time.advance(60_000);

    expect(scene.evaluate(...all)).to.deep.equal(all.map(() => ({ resource: { value: {} } })));
  });

  /** A cluster that answers so, and evaluations of one ConfigMap. */
  function open(answerOf: (namespace: string) => Answer<object> | Promise<Answer<object>>): {
    readonly asked: string[];
    readonly evaluate: (...questions: EvidenceQuestion[]) => Known[];
  } {
    const asked: string[] = [];
    const cluster = {
      customResource: async ({ namespace }: { namespace: string }): Promise<Answer<never>> => {
        asked.push(namespace);
        return (await answerOf(namespace)) as Answer<never>;
      },
      pod: (): Promise<Answer<PodView>> => Promise.resolve({ unread: 'NotFound' }),
    };
    const scheduler = new EvidenceScheduler(cluster, {
      signal: new AbortController().signal,
      onAnswer: () => undefined,
      onBug: (error) => {
        throw error;
      },
    });
    return {
      asked,
      evaluate: (...questions) => {
        const { ask: evidence, end } = scheduler.begin('holmesgpt/one');
        const known = questions.map((one) => evidence(one));
        end();
        return known;
      },
    };
  }
});
