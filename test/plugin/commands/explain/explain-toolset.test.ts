import { expect } from 'chai';
import { join } from 'node:path';
import type { ExplainedToolset } from '../../../../plugin/commands/explain/explain-toolset.ts';
import type { Outcome } from '../../../support/run.ts';
import { reported, runHere } from '../../../support/run.ts';

const layers = join(import.meta.dirname, '../../../cases/layers');

/** On the case with two files of overrides and two of patches. */
describe('plugin/commands/explain/explain-toolset', () => {
  const explain = (name: string, ...args: string[]): Promise<Outcome> =>
    runHere(['explain', '--path', layers, '--snapshot', join(layers, 'cluster.yaml'), '--toolset', name, ...args]);

  const rows = async (name: string): Promise<string[][]> => {
    const { code, stdout } = await explain(name);
    expect(code).to.equal(0);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}(?=\S+$)/));
  };

  it('shows for every line whether it was generated, or which line of which file wrote it', async () => {
    expect(await rows('prometheus/metrics')).to.deep.equal([
      ['LINE', 'ORIGIN'],
      ['prometheus/metrics:', 'generated'],
      ['  config:', 'generated'],
      ['    additional_labels:', 'base/overrides.yaml:6:7'],
      ['      cluster: "production"', 'overrides.yaml:6:28'],
      ['      region: "eu"', 'overrides.yaml:6:49'],
      ['      team: "platform"', 'base/patches.yaml:11:7'],
      ['    instances:', 'generated'],
      ['      - name: "monitoring/prometheus-server"', 'generated'],
      ['        prometheus_url: "http://prometheus-server.monitoring.svc.cluster.local:80"', 'generated'],
      ['      - name: "the shop\'s own"', 'patches.yaml:4:54'],
      ['        prometheus_url: "http://prometheus-server.team-a.svc.cluster.local:80"', 'generated'],
      ['    query_timeout_seconds_default: 60', 'overrides.yaml:5:7'],
      ['  enabled: true', 'generated'],
      ['(removed) /config/additional_labels/owner', 'base/patches.yaml:11:7'],
    ]);
  });

  it('shows what Git removed, and where', async () => {
    const { stdout } = await explain('runbooks/shop');

    expect(stdout).to.equal('LINE                          ORIGIN\n(removed) the whole toolset   overrides.yaml:8:3\n');
  });

  it('shows an MCP server as it shows a toolset', async () => {
    expect(await rows('github')).to.deep.include(['    headers:', 'overrides.yaml:10:23']);
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await explain('kubernetes/logs', '-o', 'json');

    expect(JSON.parse(stdout) as ExplainedToolset).to.deep.equal({
      name: 'kubernetes/logs',
      lines: [
        { line: 'kubernetes/logs:', origin: 'base/overrides.yaml:9:3' },
        { line: '  enabled: false', origin: 'overrides.yaml:7:22' },
      ],
      removed: [],
    });
  });

  it('suggests the closest name for an unknown toolset', async () => {
    const outcome = await explain('grafana/dashbords');

    expect([outcome.code, outcome.stdout]).to.deep.equal([2, '']);
    expect(reported(outcome).message).to.equal(
      'there is no toolset "grafana/dashbords", did you mean "grafana/dashboards"?',
    );
    expect(reported(outcome).hint).to.match(/^toolsets are github, grafana\/dashboards, /);
  });
});
