import { expect } from 'chai';
import type { LabelSelector } from '../../../detectors/types.ts';
import { matchesSelector } from '../../../plugin/cluster/label-selector.ts';

const labels = { team: 'a', tier: 'web' };

describe('plugin/cluster/label-selector', () => {
  it('matches everything when it is empty', () => {
    expect(matchesSelector({}, { matchLabels: {}, matchExpressions: [] })).to.equal(true);
  });

  const byLabels = [
    { matchLabels: { team: 'a' }, expected: true },
    { matchLabels: { team: 'a', tier: 'web' }, expected: true },
    { matchLabels: { team: 'a', tier: 'db' }, expected: false },
    { matchLabels: { zone: 'x' }, expected: false },
  ];
  for (const { matchLabels, expected } of byLabels) {
    it(`${expected ? 'matches' : 'does not match'} ${JSON.stringify(matchLabels)}`, () => {
      expect(matchesSelector(labels, { matchLabels, matchExpressions: [] })).to.equal(expected);
    });
  }

  type Expression = LabelSelector['matchExpressions'][number];
  const byExpressions: readonly (readonly [key: string, Expression['operator'], readonly string[], boolean])[] = [
    ['team', 'In', ['b', 'a'], true],
    ['team', 'In', ['b'], false],
    ['zone', 'In', ['b'], false],
    ['team', 'NotIn', ['a', 'b'], false],
    ['team', 'NotIn', ['b'], true],
    ['zone', 'NotIn', ['b'], true],
    ['team', 'Exists', [], true],
    ['zone', 'Exists', [], false],
    ['team', 'DoesNotExist', [], false],
    ['zone', 'DoesNotExist', [], true],
  ];
  for (const [key, operator, values, expected] of byExpressions) {
    it(`${expected ? 'matches' : 'does not match'} ${key} ${operator} [${values.join(', ')}]`, () => {
      expect(matchesSelector(labels, { matchLabels: {}, matchExpressions: [{ key, operator, values }] })).to.equal(
        expected,
      );
    });
  }

  it('requires all labels and all expressions', () => {
    const exists = { key: 'team', operator: 'Exists', values: [] } as const;
    const missing = { key: 'zone', operator: 'Exists', values: [] } as const;

    expect(matchesSelector(labels, { matchLabels: { team: 'a' }, matchExpressions: [exists, missing] })).to.equal(
      false,
    );
    expect(matchesSelector(labels, { matchLabels: { team: 'b' }, matchExpressions: [exists] })).to.equal(false);
    expect(matchesSelector(labels, { matchLabels: { team: 'a' }, matchExpressions: [exists] })).to.equal(true);
  });
});
