import { expect } from 'chai';
import { allClusters } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import { getStatistics } from '../../../../../plugin/serve/http/handlers/statistics.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import { Statistics } from '../../../../../plugin/serve/http/openapi/schemas.ts';
import { configMapProblem } from '../../../../../plugin/serve/reasons.ts';
import { upToDate } from '../../config-map-status.ts';

describe('plugin/serve/http/handlers/statistics', () => {
  it('counts ConfigMaps by state, and Services by detector, decision and reason', async () => {
    const problem = configMapProblem('ProjectNotInPolicy', { project: 'p', cluster: 'c' });
    const all = [
      { ...upToDate, name: 'good' },
      { ...upToDate, name: 'old', outOfDateSince: 1 },
      { ...upToDate, name: 'broken', problem },
    ];
    const decide = (id: string | null, decision: string, reason: string): object => ({
      detector: id === null ? null : { id },
      decision,
      reason,
    });
    const decisions = [
      decide('prometheus', 'unhealthy', 'NotReady'),
      decide('prometheus', 'selected', 'Ready'),
      decide('grafana', 'selected', 'Ready'),
      decide(null, 'ignored', 'NothingPointsAtIt'),
    ];
    const model = {
      configMaps: () => all,
      discoveryOf: (key: string) => Promise.resolve(key.endsWith('broken') ? null : { conclusion: { decisions } }),
    } as unknown as ReadModel;

    const from = { caller: null, clusters: [], access: allClusters, signal: new AbortController().signal };
    const statistics = await getStatistics.handle([model], { path: null, query: {}, body: null, ...from });

    expect(Statistics.parse(statistics)).to.deep.equal({
      configMaps: { total: 3, upToDate: 1, outOfDate: 1, empty: 0, problem: 1 },
      services: [
        { type: 'grafana', decision: 'selected', reason: 'Ready', count: 2 },
        { type: 'prometheus', decision: 'selected', reason: 'Ready', count: 2 },
        { type: 'prometheus', decision: 'unhealthy', reason: 'NotReady', count: 2 },
      ],
    });
  });
});
