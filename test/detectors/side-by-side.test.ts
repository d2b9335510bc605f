import { expect } from 'chai';
import type { Entry } from '../accuracy/corpus.ts';
import { readCorpus } from '../accuracy/corpus.ts';
import { compareWithFloor, readFloors } from '../accuracy/floor.ts';
import type { Pair } from '../accuracy/side-by-side.ts';
import { sideBySide, tally } from '../accuracy/side-by-side.ts';

describe('two installations of one product in one namespace', () => {
  let pairs: readonly Pair[];

  before(() => {
    pairs = sideBySide(readCorpus());
  });

  it('keep the entry points that each has alone as often as the floor says', () => {
    const { whole, silent, gained } = tally(pairs);

    const measured = { right: whole, wrong: silent, needless: gained };
    expect(compareWithFloor('side by side', measured, readFloors()['side by side']!)).to.deep.equal([]);
  });

  it('are counted as pairs of stacks, unless one selects the pods of the other', () => {
    const entry = (stack: string, labels: Readonly<Record<string, string>>): Entry => {
      const ports = [{ name: 'http-metrics', port: 3100 }];
      const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'loki', labels } };
      const expected = { type: 'loki', preferred: true };
      return { source: 'a', stack, service: { ...service, spec: { ports, selector: labels } }, expected };
    };
    const chart = entry('chart', { app: 'loki', release: 'logs' });
    const byHand = entry('by hand', { app: 'loki' });

    const found = sideBySide([chart, byHand]).map(({ stacks, isEntangled }) => [...stacks, isEntangled]);

    expect(found).to.deep.equal([
      ['chart', 'chart', false],
      ['chart', 'by hand', true],
      ['by hand', 'by hand', true],
    ]);
    expect(tally(sideBySide([chart, byHand]))).to.deep.equal({ pairs: 1, whole: 1, told: 0, silent: 0, gained: 0 });
  });
});
