import { expect } from 'chai';
import { Problem } from '../../../../../plugin/serve/http/problem.ts';
import { slots } from '../../../../../plugin/serve/http/limits/concurrency-limit.ts';

describe('plugin/serve/http/limits/concurrency-limit', () => {
  it('holds back one client without the others, until it has given one back', () => {
    const { acquire: take } = slots({ ofOne: 2, ofAll: 10 }, 'bodies');
    const giveBack = take('a');
    take('a');

    expect(problemOf(() => take('a'))).to.equal('too-many-requests');
    expect(problemOf(() => take('b'))).to.equal(null);
    giveBack();
    expect(problemOf(() => take('a'))).to.equal(null);
    expect(problemOf(() => take('a'))).to.equal('too-many-requests');
  });

  it('has no more for all together', () => {
    const { acquire: take } = slots({ ofOne: 2, ofAll: 3 }, 'bodies');
    const [giveBack] = ['a', 'b', 'c'].map(take);

    expect(problemOf(() => take('d'))).to.equal('overloaded');
    giveBack!();
    expect(problemOf(() => take('d'))).to.equal(null);
  });
});

function problemOf(take: () => unknown): string | null {
  try {
    take();
    return null;
  } catch (error) {
    return error instanceof Problem ? error.problem : String(error);
  }
}
