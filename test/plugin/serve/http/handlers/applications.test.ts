import { expect } from 'chai';
import type { ApplicationView } from '../../../../../plugin/argocd/application.ts';
import { listApplications } from '../../../../../plugin/serve/http/handlers/applications.ts';
import { Application, listOf } from '../../../../../plugin/serve/http/openapi/schemas.ts';
import { allClusters } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import type { ClusterAccess } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import type { ConfigMapChange } from '../../../../../plugin/serve/http/state/config-map-history.ts';
import type { ApplicationRequests } from '../../../../../plugin/serve/http/state/request-history.ts';
import type { Links } from '../../../../../plugin/serve/http/state/links.ts';
import { linksOf } from '../../../../../plugin/serve/http/state/links.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import { applicationCondition, configMapProblem } from '../../../../../plugin/serve/reasons.ts';
import type { ConfigMapStatus } from '../../../../../plugin/serve/reconcile/status.ts';
import { application } from '../../argocd/argo-cd-model.ts';
import type * as z from 'zod';
import { empty, noLinks, upToDate } from '../../config-map-status.ts';

type Item = z.output<typeof Application>;

const epochMs = Date.parse('2026-01-01T00:01:00Z');
const monotonicMs = 500_000;
/** A minute ago. */
const outOfDateSince = monotonicMs - 60_000;
const outOfDate: ConfigMapStatus = { ...upToDate, desired: 'b', outOfDateSince, cause: 'services' };
const unused = { code: 'OVERRIDE_UNUSED', message: '4:3 unused' };
const rejected = { code: 'OVERRIDE_REJECTED', message: '2:3 rejected' };
const noHistory: ApplicationRequests = { lastRequest: null, obstacle: null };
const refresh = { request: 'refresh', at: epochMs - 1_000, result: 'accepted', attempt: 1 } as const;

describe('plugin/serve/http/handlers/applications', () => {
  async function list(
    statuses: readonly ConfigMapStatus[],
    {
      query = {},
      history = noHistory,
      view = application(),
      pending = null,
      links = noLinks,
      members = [],
      access = allClusters,
    }: Partial<Setup> = {},
  ): Promise<readonly Item[]> {
    const model = {
      cluster: 'in-cluster',
      caches: { applications: { get: (key: string) => (key === 'argocd/one' ? view : undefined) } },
      requestHistory: { of: () => history },
      configMapHistory: { pending: () => pending },
      clock: { now: () => monotonicMs, epochMs: () => epochMs },
      links,
      membersOf: () => members,
      configMaps: () => statuses,
    } as unknown as ReadModel;
    const input = { path: null, query: { limit: 10, offset: 0, ...query }, body: null, caller: null, clusters: [] };
    const result = await listApplications.handle([model], { ...input, access, signal: new AbortController().signal });
    listOf(Application).parse(result);
    return (result as { readonly items: readonly Item[] }).items;
  }

  it('shows an up-to-date ConfigMap without a reason', async () => {
    expect(await list([upToDate])).to.deep.equal([
      {
        cluster: 'in-cluster',
        configMap: 'holmesgpt/toolsets',
        clusters: null,
        application: 'argocd/one',
        project: 'default',
        digest: 'a',
        desired: 'a',
        outOfDate: false,
        outOfDateSince: null,
        cause: 'start',
        lastRequest: null,
        reason: null,
        message: null,
        services: { selected: 1, unhealthy: 0 },
        warnings: [],
        links: { argoCd: null, git: null },
        pending: null,
      },
    ]);
  });

  it('finds ConfigMaps by a part of their name or of their Application, in any case', async () => {
    const all = [
      { ...upToDate, name: 'blue' },
      { ...upToDate, name: 'green', application: null },
    ];
    const found = async (search: string): Promise<readonly string[]> =>
      (await list(all, { query: { search } })).map(({ configMap }) => configMap);

    expect(await found('GPT/bl')).to.deep.equal(['holmesgpt/blue']);
    expect(await found('CD/one')).to.deep.equal(['holmesgpt/blue']);
    expect(await found('gpt')).to.deep.equal(['holmesgpt/blue', 'holmesgpt/green']);
    expect(await found('default')).to.deep.equal([]);
  });

  it('names only the clusters of a ConfigMap that the account may see, and counts all of them', async () => {
    const of = async (members: readonly string[], seen: readonly string[]): Promise<Item['clusters'] | undefined> => {
      const access = {
        ...allClusters,
        visibleAmong: (names: readonly string[]) => Promise.resolve(new Set(names.filter((one) => seen.includes(one)))),
      };
      const [item] = await list([upToDate], { members, access });
      return Application.shape.clusters.parse(item?.clusters);
    };

    expect(await of(['far', 'in-cluster', 'near'], ['near'])).to.deep.equal({
      items: ['in-cluster', 'near'],
      total: 3,
    });
    expect(await of(['far'], [])).to.deep.equal({ items: [], total: 1 });
    const most = Array.from({ length: 50 }, (_, index) => `spoke-${String(index)}`);
    expect(await of(most, most)).to.deep.equal({ items: most, total: 50 });
  });

  it('links to Argo CD, and to the folder and line in Git', async () => {
    const source = { repoUrl: 'https://github.com/a/b', path: 'p', commit: 'c'.repeat(40) };
    const view = application({ plugins: [{ name: 'dynamic-toolset', pointer: '', source }] });
    const argoCdUrl = new URL('https://argocd.example.com/');
    const links = linksOf({ plugin: 'dynamic-toolset', argoCdUrl, gitHosts: {} });
    const warnings = [{ code: 'OVERRIDE_UNUSED', message: 'overrides.yaml:4:3 unused' }, unused];
    const [item] = await list([{ ...upToDate, warnings }], { view, links });

    expect(item?.links.argoCd).to.match(/^https:\/\/argocd\.example\.com\/applications\/argocd\/one\?node=/);
    expect(item?.links.git?.url).to.equal(`https://github.com/a/b/tree/${source.commit}/p`);
    expect(item?.warnings.map((one) => one.source)).to.deep.equal([
      `https://github.com/a/b/blob/${source.commit}/p/overrides.yaml#L4`,
      null,
    ]);
  });

  it('shows since when a ConfigMap has been out of date, to the second, and the last request', async () => {
    const [item] = await list([{ ...outOfDate, outOfDateSince: outOfDateSince + 400 }], {
      history: { ...noHistory, lastRequest: refresh },
    });

    expect(item).to.deep.include({
      desired: 'b',
      outOfDate: true,
      outOfDateSince: '2026-01-01T00:00:00.000Z',
      cause: 'services',
      lastRequest: { ...refresh, at: '2026-01-01T00:00:59.000Z' },
    });
  });

  it('shows the first five pending changes of Services and of toolsets', async () => {
    const named = {
      service: 'a/b',
      toolset: 't',
      change: 'added',
      fields: [],
      reason: 'Ready',
      message: 'is ready',
    } as const;
    const toolset = { section: 'toolsets', name: 't', change: 'added' } as const;
    const pending: ConfigMapChange = {
      ...{ at: epochMs, cause: 'services', outcome: 'pending', tookMs: null },
      services: { items: Array.from({ length: 9 }, () => named), total: 12 },
      toolsets: { items: Array.from({ length: 9 }, () => toolset), total: 10 },
    };
    const [item] = await list([outOfDate], { pending });

    expect(item?.pending).to.deep.equal({
      at: '2026-01-01T00:01:00.000Z',
      cause: 'services',
      services: { items: Array.from({ length: 5 }, () => named), total: 12 },
      toolsets: { items: Array.from({ length: 5 }, () => toolset), total: 10 },
    });
    const problem = configMapProblem('ProjectNotInPolicy', { project: '"default"', cluster: '"in-cluster"' });
    const [hidden] = await list([{ ...upToDate, desired: null, problem }], { pending });
    expect(hidden).to.deep.include({ outOfDate: false, pending: null });
  });

  it('shows a ConfigMap without a digest, a desired digest or an Application', async () => {
    const problem = configMapProblem('ApplicationNotFound');
    const [item] = await list([{ ...upToDate, application: null, digest: '', desired: null, problem }]);

    expect(item).to.deep.include({ application: null, project: null, digest: null, desired: null, ...problem });
  });

  const cases: readonly (readonly [reason: string, ConfigMapStatus, Partial<Setup>])[] = [
    ['RequestPending', outOfDate, {}],
    ['RequestPending', outOfDate, { history: request('refresh', outOfDateAt() - 1_001) }],
    ['Refreshing', outOfDate, { history: request('refresh', outOfDateAt() - 1_000) }],
    ['RequestPending', outOfDate, { history: { ...request('refresh', outOfDateAt()), isFormer: true } }],
    ['Syncing', outOfDate, { history: request('sync', outOfDateAt()) }],
    ['SyncWindow', outOfDate, { history: { lastRequest: refresh, obstacle: 'SyncWindow' } }],
    ['RequestFailed', outOfDate, { history: { lastRequest: null, obstacle: 'RequestFailed' } }],
    ['GenerationFailed', upToDate, { view: application({ generationError: 'bad' }) }],
    ['NothingDiscovered', empty, {}],
    ['WarningsNeedAction', { ...upToDate, warnings: [rejected, unused] }, {}],
    ['ScopeNotWatched', { ...outOfDate, problem: configMapProblem('ScopeNotWatched', { scope: 'x' }) }, {}],
  ];
  for (const [reason, status, setup] of cases)
    it(`returns the reason ${reason} with its message`, async () => {
      const [item] = await list([status], setup);

      expect(item).to.deep.include({ reason });
      expect(item?.message).to.be.a('string').and.not.equal('');
    });

  it('returns which warnings need action, and what to look at when a ConfigMap is empty', async () => {
    const [warned] = await list([{ ...upToDate, warnings: [unused, rejected] }]);
    const [nothing] = await list([empty]);

    expect(warned?.warnings.map(({ code, needsAction }) => [code, needsAction])).to.deep.equal([
      ['OVERRIDE_UNUSED', false],
      ['OVERRIDE_REJECTED', true],
    ]);
    expect(warned?.message).to.equal(
      'its generation has warnings that a person must act on: OVERRIDE_REJECTED 2:3 rejected',
    );
    expect(nothing?.message).to.equal('no backend is discovered: no backend; look at the settings');
    expect(await list([{ ...upToDate, warnings: [unused] }])).to.have.nested.property('[0].reason', null);
  });

  it('includes the error of a failed request', async () => {
    const history: ApplicationRequests = {
      lastRequest: null,
      obstacle: 'RequestFailed',
      detail: 'Argo CD does not answer',
    };

    const [item] = await list([outOfDate], { history });

    expect(item?.message).to.equal('the request to Argo CD failed: Argo CD does not answer');
  });

  it("truncates Argo CD's error after 500 characters", async () => {
    const [item] = await list([upToDate], { view: application({ generationError: 'x'.repeat(501) }) });

    expect(item?.message).to.equal(applicationCondition('GenerationFailed', 'x'.repeat(500)).message);
  });

  it('filters by Application and by whether a ConfigMap is out of date', async () => {
    const other = { ...upToDate, name: 'other', application: 'argocd/two' };
    const names = async (query: object): Promise<string[]> =>
      (await list([outOfDate, other], { query })).map(({ configMap }) => configMap);

    expect(await names({ outOfDate: true })).to.deep.equal(['holmesgpt/toolsets']);
    expect(await names({ outOfDate: false })).to.deep.equal(['holmesgpt/other']);
    expect(await names({ application: 'argocd/two' })).to.deep.equal(['holmesgpt/other']);
    expect(await names({})).to.have.length(2);
  });
});

interface Setup {
  readonly query: object;
  readonly history: ApplicationRequests;
  readonly view: ApplicationView;
  readonly pending: ConfigMapChange | null;
  readonly links: Links;
  readonly members: readonly string[];
  readonly access: ClusterAccess;
}

/** In milliseconds since the epoch. */
function outOfDateAt(): number {
  return epochMs - 60_000;
}

function request(kind: 'refresh' | 'sync', at: number): ApplicationRequests {
  return { lastRequest: { request: kind, at, result: 'accepted', attempt: 1 }, obstacle: null };
}
