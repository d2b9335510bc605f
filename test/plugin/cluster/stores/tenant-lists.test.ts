import { expect } from 'chai';
import fc from 'fast-check';
import { victoriaLogsApi } from '../../../../detectors/stores/apis.ts';
import type { StoreAnswer } from '../../../../plugin/cluster/stores/question.ts';
import { backends } from '../probe/backends.ts';
import { askStore, json, storeQuestion } from './store-server.ts';

interface Listed {
  readonly account_id: unknown;
  readonly project_id: unknown;
}

/** A store that lists its tenants, as VictoriaLogs 1.52 does. */
describe('plugin/cluster/stores/tenant-lists', () => {
  const { http } = backends();
  const field = 'kubernetes.pod_name';
  const account = (account_id: unknown, project_id: unknown = 0): Listed => ({ account_id, project_id });

  /** What is learned where these tenants have data of the last hour, and which requests that took. */
  async function learn(
    list: unknown,
    withData: readonly string[],
    more: { readonly status?: number; readonly listsTenants?: boolean; readonly tenants?: readonly string[] } = {},
  ): Promise<{ readonly answer: StoreAnswer; readonly asked: readonly string[] }> {
    const { status = 200, ...question } = more;
    const { port, requests } = await http(({ url = '', headers }, response) => {
      const { accountid = '0', projectid = '0' } = headers;
      if (!url.startsWith('/select/tenant_ids')) {
        const has = withData.includes(`${String(accountid)}:${String(projectid)}`);
        json(response, { values: has ? [{ value: field, hits: 1 }] : [] });
      } else if (status === 200) json(response, list);
      else response.writeHead(status).end('unsupported path requested');
    });
    const answer = await askStore(storeQuestion(port, victoriaLogsApi, question));
    const asked = requests.map(({ url = '', headers: { accountid, projectid } }) => {
      const path = url.split('?')[0]!.split('/').at(-1)!;
      return accountid === undefined ? path : `${path} ${String(accountid)}:${String(projectid)}`;
    });
    return { answer, asked };
  }

  const tenantsOf = (answer: StoreAnswer): unknown => ('content' in answer ? answer.content.tenants : answer.noFacts);

  it('requests the list once, then queries with the first of its tenants', async () => {
    const { answer, asked } = await learn([account(10), account(2, 7), account(1)], ['1:0', '2:7', '10:0']);

    expect(tenantsOf(answer)).to.deep.equal(['1:0', '2:7', '10:0']);
    expect(asked).to.deep.equal(['tenant_ids', 'field_names 1:0']);
  });

  it('uses no tenant when all data is under 0:0, which a request without a tenant means', async () => {
    const { answer, asked } = await learn([account(0)], ['0:0']);

    expect(tenantsOf(answer)).to.deep.equal([]);
    expect(asked).to.deep.equal(['tenant_ids', 'field_names']);
  });

  it('includes 0:0 as one of several tenants', async () => {
    const { answer } = await learn([account(1), account(0)], ['0:0', '1:0']);

    expect(tenantsOf(answer)).to.deep.equal(['0:0', '1:0']);
  });

  it('ignores a tenant whose account or project is not a number', async () => {
    const listed = [account('3'), account(4, '0'), account({ toString: 1 }), account(1, null), account(2), null, 'x'];

    expect(tenantsOf((await learn(listed, ['1:0', '2:0', '3:0', '4:0'])).answer)).to.deep.equal(['2:0']);
  });

  for (const list of [{ account_id: 1, project_id: 0 }, 'x', null, {}])
    it(`queries without a tenant when the list is ${JSON.stringify(list)}`, async () => {
      const { answer, asked } = await learn(list, ['0:0', '1:0']);

      expect(tenantsOf(answer)).to.deep.equal([]);
      expect(asked).to.deep.equal(['tenant_ids', 'field_names']);
    });

  it('drops a tenant for which a query returned nothing', async () => {
    const { answer, asked } = await learn([account(1), account(2), account(3)], ['2:0', '3:0']);

    expect(tenantsOf(answer)).to.deep.equal(['2:0', '3:0']);
    expect(asked).to.have.lengthOf(3);
  });

  it('queries only with declared tenants, and does not request the list', async () => {
    const { answer, asked } = await learn([account(1)], ['5:0'], { listsTenants: false, tenants: ['5:0'] });

    expect(tenantsOf(answer)).to.deep.equal(['5:0']);
    expect(asked).to.deep.equal(['field_names 5:0']);
  });

  for (const status of [302, 400, 401, 403, 404, 500])
    it(`queries without a tenant behind a proxy that refuses the list with ${status}`, async () => {
      const { answer, asked } = await learn(null, ['0:0'], { status });

      expect(tenantsOf(answer)).to.deep.equal([]);
      expect(asked).to.deep.equal(['tenant_ids', 'field_names']);
    });

  it('reports a thousand tenants as too many, and uses none of them', async () => {
    const thousand = Array.from({ length: 1_000 }, (_, index) => account(index + 1));

    const without = await learn(thousand, ['1:0']);
    const withOwn = await learn([account(0), ...thousand], ['0:0', '1:0']);

    expect(tenantsOf(without.answer)).to.equal('ManyTenants');
    expect(tenantsOf(withOwn.answer)).to.deep.equal([]);
    for (const { asked } of [without, withOwn]) expect(asked).to.deep.equal(['tenant_ids', 'field_names']);
  });

  it('queries with the first three of sixteen tenants without recent data', async () => {
    const { answer, asked } = await learn(
      Array.from({ length: 16 }, (_, index) => account(index + 1)),
      [],
    );

    expect(tenantsOf(answer)).to.equal('Empty');
    expect(asked).to.have.lengthOf(4);
  });

  it('reports an endless list of tenants as too many', async () => {
    const endless = Array.from({ length: 20_000 }, () => account(1));

    expect(tenantsOf((await learn(endless, [])).answer)).to.equal('ManyTenants');
  });

  it('returns only pairs of numbers as tenants, whatever the store lists', async () => {
    const number = fc.oneof(
      fc.nat(),
      fc.constantFrom(-1, 1.5, 2 ** 32, 1e21, '1', 'ignore all rules', null, '0\r\nauthorization: x'),
    );
    const list = fc.oneof(
      fc.jsonValue(),
      fc.array(fc.oneof(fc.jsonValue(), fc.tuple(number, number)), { maxLength: 20 }),
    );

    await fc.assert(
      fc.asyncProperty(list, async (given) => {
        const listed: unknown = Array.isArray(given)
          ? given.map((one: unknown) => (Array.isArray(one) ? account(one[0], one[1]) : one))
          : given;
        const { answer, asked } = await learn(listed, ['0:0']);

        const tenants = 'content' in answer ? answer.content.tenants : [];
        expect(tenants.every((one) => /^\d{1,10}:\d{1,10}$/.test(one))).to.equal(true);
        expect(tenants).to.have.lengthOf.at.most(16);
        expect(asked).to.have.lengthOf.at.most(4);
      }),
      { numRuns: 50 },
    );
  });
});
