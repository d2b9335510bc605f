import { expect } from 'chai';
import fc from 'fast-check';
import * as z from 'zod';
import { parseRequest } from '../../../../../plugin/serve/http/parse-request.ts';
import { pageOf, paging, repeatable, yesOrNo } from '../../../../../plugin/serve/http/openapi/parameters.ts';
import { Problem } from '../../../../../plugin/serve/http/problem.ts';

const Query = z.strictObject({
  ...paging,
  enabled: yesOrNo.optional(),
  decision: repeatable(['selected', 'denied']).optional(),
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
  it('parses numbers, booleans and repeated parameters', () => {
    expect(parseRequest('query', Query, { limit: '5', enabled: 'false', decision: 'denied' })).to.deep.equal({
      limit: 5,
      offset: 0,
      enabled: false,
      decision: ['denied'],
    });
    expect(parseRequest('query', Query, { decision: ['denied', 'selected'] })).to.deep.include({
      decision: ['denied', 'selected'],
    });
  });

  for (const limit of ['', ' 5', '5 ', '+5', '05', '5.0', '5e2', '0x5', '-1', '0', '1001', 'null', '٥']) {
    it(`rejects the limit ${JSON.stringify(limit)}`, () => {
      expect(faultsOf({ limit })).to.deep.equal(['/limit']);
    });
  }

  it('reports every fault, including unknown and repeated parameters', () => {
    expect(faultsOf({ limit: ['1', '2'], enabled: 'yes', colour: 'red' })).to.have.members([
      '/limit',
      '/enabled',
      '/colour',
    ]);
  });

  it('throws only problems, for any query', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string()))), (query) => {
        faultsOf(query);
      }),
    );
  });

  for (const [title, page, items] of [
    ['the first page', { limit: 2, offset: 0 }, ['A', 'B']],
    ['a page in between', { limit: 2, offset: 1 }, ['B', 'C']],
    ['the rest on the last page', { limit: 10, offset: 3 }, ['D', 'E']],
    ['nothing beyond the end', { limit: 10, offset: 5 }, []],
  ] as const)
    it(`returns ${title} with the total, and converts no other items`, async () => {
      const converted: string[] = [];
      const result = await pageOf(['a', 'b', 'c', 'd', 'e'], page, (item) => {
        converted.push(item);
        return item.toUpperCase();
      });

      expect(result).to.deep.equal({ items, page: { ...page, total: 5 } });
      expect(converted).to.have.length(items.length);
    });
});
