import { expect } from 'chai';
import { lokiApi } from '../../../../../detectors/stores/apis.ts';
import type { StoreAnswer, StoreQuestion } from '../../../../../plugin/cluster/stores/question.ts';
import { StoreScheduler } from '../../../../../plugin/serve/reconcile/background/store-scheduler.ts';
import { virtualTimeOfEach } from '../../../../support/virtual-time.ts';
import { storeQuestion } from '../../../cluster/stores/store-server.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function told(...names: readonly string[]): StoreAnswer {
  return { content: { tenants: [], names: new Set(names), clusterLabel: null, clusters: null } };
}

describe('plugin/serve/reconcile/background/store-scheduler', () => {
  const question = storeQuestion(3100, lokiApi);
  const time = virtualTimeOfEach();

  function open(answer: () => StoreAnswer): {
    readonly look: (one?: StoreQuestion) => unknown;
    readonly askedAt: number[];
    readonly notified: () => number;
  } {
    const askedAt: number[] = [];
    let notified = 0;
    const scheduler = new StoreScheduler(
      () => {
        askedAt.push(Date.now());
        return Promise.resolve(answer());
      },
      {
        signal: new AbortController().signal,
        onAnswer: () => {
          notified += 1;
        },
        onBug: (error) => {
          throw error;
        },
      },
    );
    return {
      look: (one = question) => {
        const { ask: stores, end } = scheduler.begin('h/a');
        const result = stores(one);
        end();
        return result;
      },
      askedAt,
      notified: () => notified,
    };
  }

  it('blocks no evaluation, and asks a store that has answered once a day', async () => {
    const scene = open(() => told('namespace'));

    expect(scene.look()).to.equal('pending');
    await time.advance(25);
    expect(scene.look()).to.deep.equal(told('namespace'));
    await time.advance(23 * hourMs);
    expect(scene.askedAt).to.have.lengthOf(1);
    await time.advance(2 * hourMs);
    expect(scene.askedAt).to.have.lengthOf(2);
  });

  it('retries a store without facts with pauses of up to an hour, and notifies only of changes', async () => {
    const scene = open(() => ({ noFacts: 'Empty' }));
    scene.look();

    await time.advance(4 * hourMs);
    const pauses = scene.askedAt.slice(1).map((at, index) => Math.round((at - scene.askedAt[index]!) / 1000));
    expect(pauses.slice(0, 4)).to.deep.equal([10, 20, 40, 80]);
    expect(pauses.at(-1)).to.equal(3_600);
    expect(scene.notified()).to.equal(1);
  });

  it('does not treat a different order of names as a change', async () => {
    let turn = 0;
    const scene = open(() => (turn++ % 2 === 0 ? told('namespace', 'pod') : told('pod', 'namespace')));
    scene.look();

    await time.advance(25 * hourMs);
    expect(scene.askedAt).to.have.lengthOf(2);
    expect(scene.notified()).to.equal(1);
  });

  const content = { tenants: [], names: new Set(['namespace']), clusterLabel: 'cluster', clusters: null };
  const clusters = new Map([['eu', new Set(['shop'])]]);
  for (const [what, change] of [
    ['tenants', { tenants: ['1'] }],
    ['names', { names: new Set(['namespace', 'pod']) }],
    ['cluster labels', { clusterLabel: null }],
    ['clusters', { clusters }],
    ['indices', { indices: ['app-logs'] }],
  ] as const)
    it(`notifies of changed ${what} a day later`, async () => {
      let turn = 0;
      const scene = open(() => ({ content: turn++ === 0 ? content : { ...content, ...change } }));
      scene.look();

      await time.advance(25 * hourMs);
      expect(scene.askedAt).to.have.lengthOf(2);
      expect(scene.notified()).to.equal(2);
    });

  it('asks a store whose names differ each time only once a day', async () => {
    let turn = 0;
    const scene = open(() => told(`name_${String(turn++)}`));
    scene.look();

    await time.advance(25 * hourMs);
    scene.look();
    expect(scene.askedAt).to.have.lengthOf(2);
    expect(scene.notified()).to.equal(2);
  });

  it('asks again after the endpoints have changed', async () => {
    const scene = open(() => told('namespace'));
    scene.look();
    await time.advance(25);

    scene.look({ ...question, changedAt: 1 });
    await time.advance(25);
    expect(scene.askedAt).to.have.lengthOf(2);
  });
});
