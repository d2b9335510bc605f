import { expect } from 'chai';
import { Problem } from '../../../../../plugin/serve/http/problem.ts';
import { rates } from '../../../../../plugin/serve/http/limits/rate-limit.ts';

describe('plugin/serve/http/limits/rate-limit', () => {
  it('holds back one client without the others, and says how long', () => {
    let now = 0;
    const requests = rates({ burst: 2, perSecond: 0.5 }, 'requests', () => now);
    const takes = (client: string): string => {
      try {
        requests.consume(client);
        return 'taken';
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return `${error.problem} ${error.headers['retry-after'] ?? ''}`;
      }
    };

    expect(['a', 'a', 'a', 'b'].map(takes)).to.deep.equal(['taken', 'taken', 'too-many-requests 2', 'taken']);
    now = 2_000;
    expect(['a', 'a'].map(takes)).to.deep.equal(['taken', 'too-many-requests 2']);
  });
});
