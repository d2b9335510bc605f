import { expect } from 'chai';
import fc from 'fast-check';
import * as z from 'zod';
import { parseRequest } from '../../../../../plugin/serve/http/parse-request.ts';
import { paging, commaSeparated, yesOrNo } from '../../../../../plugin/serve/http/openapi/parameters.ts';
import { Problem } from '../../../../../plugin/serve/http/problem.ts';

const Query = z.strictObject({
  ...paging,
  enabled: yesOrNo.optional(),
  decision: commaSeparated(['selected', 'denied']).optional(),
});

function faultsOf(query: object): readonly string[] {
  try {
    parseRequest('query', Query, query);
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.faults.map(({ pointer }) => pointer);
  }
}

describe('plugin/serve/http/openapi/parameters', () => {
  it('takes texts for what they say', () => {
    expect(parseRequest('query', Query, { limit: '5', enabled: 'false', decision: 'denied' })).to.deep.equal({
      ...{ limit: 5, offset: 0, enabled: false, decision: ['denied'] },
    });
    expect(parseRequest('query', Query, { decision: ['denied', 'selected'] })).to.deep.include({
      decision: ['denied', 'selected'],
    });
  });

  for (const limit of ['', ' 5', '5 ', '+5', '05', '5.0', '5e2', '0x5', '-1', '0', '1001', 'null', '٥']) {
    it(`does not take ${JSON.stringify(limit)} for a number of items`, () => {
      expect(faultsOf({ limit })).to.deep.equal(['/limit']);
    });
  }

  it('tells of every fault, unknown parameters and repeated ones included', () => {
    expect(faultsOf({ limit: ['1', '2'], enabled: 'yes', colour: 'red' })).to.have.members([
      '/limit',
      '/enabled',
      '/colour',
    ]);
  });

  it('throws nothing but problems, whatever a query holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string()))), (query) => {
        faultsOf(query);
      }),
    );
  });
});
