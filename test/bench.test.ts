import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { Result } from './bench/compare.ts';
import { contest } from './bench/compare.ts';
import { measure, median } from './bench/measure.ts';
import { judged, renderReport } from './bench/report.ts';
import { realisticServices } from './bench/services.ts';

const node = (script: string): string[] => [process.execPath, '-e', script];

describe('bench', function () {
  this.timeout(30_000);

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('measures the peak memory and the time of a command', async () => {
    const little = await measure(node(''));
    const much = await measure(node('Buffer.alloc(100 * 1024 * 1024, 1)'));

    expect(much.peakMB - little.peakMB).to.be.within(80, 120);
    expect(little.wallMs).to.be.above(0);
    expect(little.cpuMs).to.be.above(0);
  });

  it('rejects with the error output when the command fails', async () => {
    const error = await measure(node('console.error("out of order"); process.exit(3)')).catch(String);

    expect(error).to.include('out of order');
  });

  it('compares each command with the peer of the same round', async () => {
    const [peer, other] = await contest(
      [
        { name: 'peer', command: node('') },
        { name: 'other', command: node('Buffer.alloc(100 * 1024 * 1024, 1)') },
      ],
      'peer',
      1,
    );

    expect(peer).to.include({ name: 'peer', wallRatio: 1, peakRatio: 1 });
    expect(other!.peakRatio).to.equal(other!.peakMB / peer!.peakMB);
  });

  it('computes the median', () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 2, 3])).to.equal(2.5);
  });

  it('reports for each bar whether it was held or missed', () => {
    const result: Result = { name: judged, wallMs: 1, cpuMs: 1, peakMB: 1, wallRatio: 0.09, peakRatio: 0.29 };
    const report = renderReport({
      machine: 'a machine',
      generate: [{ services: 10_000, rounds: 1, results: [result] }],
      imports: [],
      detection: { rows: [], slope: 1 },
    });

    expect(report).to.include('time ≤ 0.1 of kubectl and jq, **held** at 0.09; memory ≤ 0.28');
    expect(report).to.include('**missed** at 0.29');
  });

  it('seeds the requested number of distinct Services, including all those of a smaller number', () => {
    const keys = (count: number): string[] =>
      realisticServices(count).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);

    expect(new Set(keys(10_000)).size).to.equal(10_000);
    expect(keys(10_000)).to.include.members(keys(500));
  });

  it('keeps the results of its last run in docs/performance.md', () => {
    const docs = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8');

    expect(docs).to.match(/<!-- bench generate -->\n\nMeasured on [^]*\| generate +\|[^]*<!-- \/bench generate -->\n/);
    expect(docs).to.match(/<!-- bench files -->\n\nMeasured on [^]*\| validate +\|[^]*\| renderYaml +\|/);
    expect(docs).to.match(/<!-- bench argo-cd -->\n\nMeasured on [^]*\| Of that, the plugin +\|/);
  });
});
