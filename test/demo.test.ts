import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');

describe('demo', function () {
  this.timeout(60_000);
  let lines: readonly string[];

  before(() => {
    const env = { PATH: process.env.PATH, HOME: '/nonexistent', KUBECONFIG: '/nonexistent' };
    lines = execFileSync(process.execPath, ['test/demo.ts'], { cwd: repository, encoding: 'utf8', env }).split('\n');
  });

  it('prints no line longer than 120 characters', () => {
    expect(lines.filter((line) => line.length > 120)).to.deep.equal([]);
  });

  it('explains which Services are selected, rejected and redundant', () => {
    expect(lines).to.satisfy(has(/^selected +monitoring\/kube-prometheus-stack-prometheus +prometheus +http :9090$/));
    expect(lines).to.satisfy(has(/^selected +monitoring\/kube-prometheus-stack-grafana +grafana +http :80$/));
    expect(lines).to.satisfy(has(/^rejected +monitoring\/kube-prometheus-stack-kube-state-metrics /));
    expect(lines).to.satisfy(has(/^redundant +monitoring\/prometheus-operated /));
  });

  it('explains in at most 45 lines', () => {
    const start = lines.findIndex((line) => /^\d+ candidates: /.test(line));
    const end = lines.findIndex((line) => line.startsWith('On by default'));

    expect(start).to.be.at.least(0);
    expect(end - start + 1).to.be.within(30, 45);
  });

  it('shows the manifest, with a reference to the credential', () => {
    expect(lines).to.include('kind: ConfigMap').and.to.include('  name: custom-toolsets-configmap');
    expect(lines).to.satisfy(has(/^ +api_key: "\{\{ env\.GRAFANA_API_KEY \}\}"$/));
  });

  it('shows the diff of an override that changes one line', () => {
    const start = lines.indexOf('--- ConfigMap (before)');
    const difference = lines.slice(start, lines.indexOf('', start)).filter((line) => /^[-+](?![-+])/.test(line));

    const isPlace = (line: string): boolean => /^[-+] +\+\d+ prometheus\/metrics \//.test(line);
    expect(difference.filter(isPlace)).to.satisfy(has(/ \/config\/prometheus_url$/));
    const others = difference.filter((line) => !isPlace(line));
    expect(others.map((line) => line.replace(/^(.) */, '$1'))).to.deep.equal([
      '-prometheus_url: "http://kube-prometheus-stack-prometheus.monitoring.svc.cluster.local:9090"',
      '+prometheus_url: "https://thanos.example.com"',
    ]);
    expect(lines.slice(start)).to.satisfy(has(/\/config\/prometheus_url/));
  });

  it('shows the explain and generate commands as a user can type them', () => {
    const commands =
      lines
        .join('\n')
        .replaceAll(' \\\n    ', ' ')
        .match(/^\$ dynamic-toolset .*$/gm) ?? [];

    expect(new Set(commands.map((command) => command.split(' ')[2]))).to.deep.equal(new Set(['explain', 'generate']));
  });
});

function has(pattern: RegExp): (lines: readonly string[]) => boolean {
  return (lines) => lines.some((line) => pattern.test(line));
}
