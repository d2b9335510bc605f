import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docsUrl } from '../plugin/lib/messages/docs-url.ts';
import { definitions, labels } from '../plugin/serve/metrics/definitions.ts';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly thresholds?: object }; readonly overrides: readonly object[] };
}

/** Counters of what happens a few times a day: a rate of them reads 0. */
const rare = /toolset_(?:argocd|configmap|generation|toolsets|services|watch)\w*_total/;

describe('dashboard', () => {
  const repository = join(import.meta.dirname, '..');
  const file = join(repository, 'manifests/serve/components/monitoring/dashboard.json');
  const { panels, links } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly panels: readonly Panel[];
    readonly links: readonly { readonly url: string }[];
  };
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('queries only metrics that exist', () => {
    const names = queries.flatMap((query) => query.match(/toolset_\w+/g) ?? []);

    for (const name of names.filter((one) => !Object.hasOwn(labels, one)))
      expect(definitions).to.have.property(name.replace(/_(?:bucket|count|sum)$/, ''));
  });

  it('does not use rate() on counters of rare events', () => {
    expect(queries.filter((query) => rare.test(query) && /\brate\(/.test(query))).to.deep.equal([]);
  });

  it('has thresholds on every single-value panel', () => {
    const bare = panels.filter(
      ({ type, fieldConfig }) =>
        type === 'stat' && !fieldConfig?.defaults.thresholds && (fieldConfig?.overrides ?? []).length === 0,
    );

    expect(bare.map(({ title }) => title)).to.deep.equal([]);
  });

  it('has a table of ConfigMaps that includes the Application of each', () => {
    const tables = panels.filter(({ type }) => type === 'table');

    expect(tables.map(({ title }) => title)).to.deep.equal(['Each ConfigMap']);
    for (const { expr } of tables[0]!.targets ?? [])
      expect(expr).to.include('(dest_cluster, namespace, name, application');
  });

  it('links only to runbooks and guides that exist', () => {
    const base = docsUrl('');

    expect(links).to.not.be.empty;
    for (const { url } of links) {
      expect(url.startsWith(base), url).to.equal(true);
      expect(existsSync(join(repository, 'docs', url.slice(base.length))), url).to.equal(true);
    }
  });
});
