import { expect } from 'chai';
import { runInNewContext } from 'node:vm';
import { extensionScript } from '../../../../build-page.ts';
import type { Application } from '../../../../plugin/serve/page/browser/api/responses.ts';
import { parseAnnotations } from '../../../../plugin/serve/page/browser/extension/annotations.ts';
import { summaryOfAnnotations, summaryOf } from '../../../../plugin/serve/page/browser/extension/summary.ts';

const sources = 'kubernaut.io/toolset-sources';
const warnings = 'kubernaut.io/toolset-warnings';

describe('plugin/serve/page/extension', () => {
  it('is one ASCII script below 60 KB that needs only React, and parses no text as HTML', async () => {
    const script = await extensionScript();
    const registered: unknown[][] = [];
    const extensionsAPI = { registerResourceExtension: (...some: unknown[]) => registered.push(some.slice(1)) };
    const React = { Component: Object };

    runInNewContext(script, { window: { React, extensionsAPI } });

    expect(Buffer.byteLength(script)).to.be.below(60_000);
    expect(registered).to.deep.equal([['', 'ConfigMap', 'Toolsets', { icon: 'fa fa-toolbox' }]]);
    expect(script).not.to.match(
      /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|eval\(|new Function/,
    );
    expect(script).not.to.match(/[^\0-\x7f]/);
  });

  it('reads the remarks on Services from the annotation with the sources', () => {
    const text = [
      'grafana/loki:',
      '  a/loki http://loki.a.svc:3100 needs-tenant',
      'prometheus/metrics:',
      '  a/prometheus http://prometheus.a.svc:9090 needs-credential probe:path',
      '  b/prometheus http://prometheus.b.svc:9090 evicted',
      '  c/prometheus - not-proved',
      'not a toolset',
      '  d/prometheus http://prometheus.d.svc:9090',
    ].join('\n');

    expect(
      parseAnnotations({ [sources]: text }).sources.map(({ service, remarks }) => [service, ...remarks]),
    ).to.deep.equal([
      ['a/loki', 'needs a tenant'],
      ['a/prometheus', 'needs a credential'],
      ['b/prometheus', 'left out: unready for too long'],
    ]);
  });

  it('shows at most 200 sources, and counts all of them', () => {
    const lines = Array.from({ length: 201 }, (_, index) => `  a/s${String(index)} u`);
    const { sources: shown, total } = parseAnnotations({ [sources]: ['x:', ...lines].join('\n') });

    expect([shown.length, total]).to.deep.equal([200, 201]);
  });

  it('summarises only what the annotations say', () => {
    const one = { [sources]: 'x:\n  a/b u\n  a/c u evicted', [warnings]: 'warnings:\n  FILE_UNUSED x' };
    const nothing = { [warnings]: 'warnings:\n  NOTHING_DISCOVERED x' };

    expect(summaryOfAnnotations(parseAnnotations(one))).to.deep.equal({
      ...{ kind: 'unknown', title: 'As of the last sync' },
      lines: ['1 Service selected', '1 warning'],
    });
    expect(summaryOfAnnotations(parseAnnotations(nothing))).to.include({ kind: 'bad', title: 'Empty' });
    expect(summaryOfAnnotations(parseAnnotations({}))).to.deep.include({ lines: ['0 Services selected'] });
  });

  it('counts no Service as selected that is left out, however many are shown', () => {
    const lines = Array.from({ length: 250 }, (_, index) => `  a/s${String(index)} u${index < 210 ? '' : ' evicted'}`);
    const content = parseAnnotations({ [sources]: ['x:', ...lines].join('\n') });

    expect(summaryOfAnnotations(content).lines).to.deep.equal(['210 Services selected']);
  });

  for (const [title, changes, lines] of [
    ['Up to date', [{}], ['2 Services selected']],
    ['Out of date', [{ outOfDate: true, reason: 'RequestPending' }], ['2 Services selected']],
    [
      'Empty',
      [{ reason: 'NothingDiscovered', services: { selected: 0, unhealthy: 3 } }],
      ['0 Services selected', '3 left out as unhealthy'],
    ],
    ['Failing', [{ reason: 'GenerationFailed', outOfDate: true }], ['2 Services selected']],
    ['Failing', [{ desired: null, services: null }], ['0 Services selected']],
    ['Needs attention', [{ reason: 'WarningsNeedAction', warnings: [{}, {}] }], ['2 Services selected', '2 warnings']],
    ['Failing', [{}, { desired: null }, { outOfDate: true }], ['1 of 3 ConfigMaps', '6 Services selected']],
    ['None yet', [], ['no ConfigMap has been synced']],
  ] as const) {
    it(`shows the summary "${title}" for ${JSON.stringify(changes)}`, () => {
      const configMaps = changes.map((change) => ({ ...upToDate, ...change }) as unknown as Application);
      const summary = summaryOf(configMaps, configMaps.length);

      expect(summary.title).to.equal(title);
      expect(summary.lines).to.deep.equal(lines);
    });
  }
});

const upToDate = {
  desired: 'd',
  reason: null,
  outOfDate: false,
  services: { selected: 2, unhealthy: 0 },
  warnings: [],
};
