import { expect } from 'chai';
import fc from 'fast-check';
import { newest } from '../../../../plugin/consumers/holmesgpt/catalog.ts';
import { consumerOf } from '../../../../plugin/consumers/index.ts';
import type { FileDiagnostic } from '../../../../plugin/lib/diagnostic.ts';
import { formatLocation } from '../../../../plugin/lib/diagnostic.ts';
import type { GitFiles } from '../../../../plugin/validate/git-files.ts';
import { findingsOf } from '../../../../plugin/validate/files.ts';
import type { PreviewFinding } from '../../../../plugin/validate/preview/finding.ts';
import { previewOf } from '../../../../plugin/validate/preview/preview.ts';
import { randomFrom } from '../../../chaos/random.ts';
import { mutatedEntries } from '../../../holmesgpt/agreement/entries.ts';
import { gitFiles } from '../../../support/git-files.ts';

const last = Number(newest.split('.')[1]);
const minor = fc.integer({ min: 16, max: last });

describe('plugin/validate/preview/preview', () => {
  const cases = [
    {
      title: 'a toolset that the other release lacks',
      releases: ['0.45', '0.24'],
      overrides: 'toolsets: {victorialogs: {enabled: true, config: {api_url: "http://a"}}}',
      says: ['overrides.yaml:1:12 breaks: HolmesGPT 0.24 has no toolset "victorialogs"; it is there from 0.26 on'],
    },
    {
      title: 'a toolset that only the other release has',
      releases: ['0.24', '0.45'],
      overrides: 'toolsets: {victorialogs: {enabled: true, config: {api_url: "http://a"}}}',
      says: [
        'overrides.yaml:1:12 repaired: not with HolmesGPT 0.45: HolmesGPT 0.24 has no toolset "victorialogs"; nothing to do',
      ],
    },
    {
      title: 'a renamed toolset when the other release accepts both names',
      releases: ['0.24', '0.45'],
      overrides: 'toolsets: {runbook: {enabled: false}}',
      says: [
        'overrides.yaml:1:12 renamed: "runbook" is called "skills" in HolmesGPT 0.45, which takes both names; write skills once the present release is no longer in use',
      ],
    },
    {
      title: 'a toolset name that only later releases have',
      releases: ['0.45', '0.25'],
      overrides: 'toolsets: {skills: {enabled: true}}',
      says: [
        'overrides.yaml:1:12 breaks: HolmesGPT 0.25 has no toolset "skills"; write runbook, its name in this release',
      ],
    },
    {
      title: 'a renamed key whose old name still works',
      releases: ['0.16', '0.45'],
      overrides: 'toolsets: {grafana/loki: {config: {url: "http://a"}}}',
      says: [
        'overrides.yaml:1:36 renamed: "url" is called "api_url" in HolmesGPT 0.45, which takes both names; write api_url: where a backend is discovered, what is printed under that name wins',
      ],
    },
    {
      title: 'a key that the older release has only under its old name',
      releases: ['0.45', '0.16'],
      overrides: 'toolsets: {grafana/loki: {config: {api_url: "http://a"}}}',
      says: [
        'overrides.yaml:1:36 breaks: HolmesGPT 0.16 silently ignores the key "api_url"; write url, its name in this release',
      ],
    },
    {
      title: 'keys in the items of a list',
      releases: ['0.16', '0.45'],
      overrides: 'toolsets: {rabbitmq/core: {config: {clusters: [{id: a, management_url: "http://a"}]}}}',
      says: [
        'overrides.yaml:1:56 renamed: "management_url" is called "api_url" in HolmesGPT 0.45, which takes both names; write api_url: where a backend is discovered, what is printed under that name wins',
      ],
    },
    {
      title: 'a missing required key',
      releases: ['0.24', '0.20'],
      overrides: 'toolsets: {servicenow/tables: {enabled: true, config: {api_url: "https://a.service-now.com"}}}',
      says: [
        'overrides.yaml:1:47 breaks: HolmesGPT 0.20 fails it without config.api_key; add it; no discovered backend provides it',
      ],
    },
    {
      title: 'a value that the other release rejects',
      releases: ['0.22', '0.20'],
      overrides:
        'toolsets: {own: {type: http, description: d, config: {endpoints: [{hosts: [a], auth: {type: digest, username: a, password: "{{ env.B }}"}}]}}}',
      says: [
        'overrides.yaml:1:93 breaks: HolmesGPT 0.20 fails it: invalid config.endpoints.0.auth.type "digest": expected none, basic, bearer, header; take none, basic, bearer, header',
      ],
    },
    {
      title: 'several instances',
      releases: ['0.45', '0.31'],
      overrides: 'toolsets: {grafana/loki: {config: {instances: [{name: a, api_url: "http://a"}]}}}',
      says: [
        'overrides.yaml:1:36 breaks: HolmesGPT 0.31 silently ignores the key "instances"; it is there from 0.32 on',
      ],
    },
    {
      title: 'a credential that is printed under another name',
      releases: ['0.16', '0.45'],
      spec: 'credentials: {grafana/loki: {headers: {Authorization: "{{ env.A }}"}}}, trust: {namespaces: [a]}',
      says: ['toolset.yaml:3:64 renamed: is printed as "additional_headers" for HolmesGPT 0.45; nothing to do'],
    },
    {
      title: 'a credential that the other release does not accept',
      releases: ['0.45', '0.20'],
      spec: 'credentials: {elasticsearch: {client_cert: /a/b, client_key: /a/c}}, trust: {namespaces: [a]}',
      says: [
        'toolset.yaml:3:65 breaks: HolmesGPT 0.20 takes no "client_cert" for elasticsearch/data: it is not printed; write {username: "{{ env.ELASTICSEARCH_USERNAME }}", password: "{{ env.ELASTICSEARCH_PASSWORD }}"}',
        'toolset.yaml:3:84 breaks: HolmesGPT 0.20 takes no "client_key" for elasticsearch/data: it is not printed; write {username: "{{ env.ELASTICSEARCH_USERNAME }}", password: "{{ env.ELASTICSEARCH_PASSWORD }}"}',
      ],
    },
    {
      title: 'a patch of a renamed key',
      releases: ['0.16', '0.45'],
      patches: '[{target: grafana/loki, patch: [{op: replace, path: /config/url, value: "http://a"}]}]',
      says: [
        'patches.yaml:1:53 renamed: "url" is printed as "api_url" for HolmesGPT 0.45; write api_url for that release: a patch needs the name that is printed',
      ],
    },
  ];
  for (const { title, releases, spec, overrides, patches, says } of cases) {
    it(`reports ${title}`, async () => {
      const [from, to] = releases as [string, string];
      const files = await gitFiles(`{target: {version: "${from}"}${spec === undefined ? '' : `, ${spec}`}}`, {
        ...(overrides === undefined ? {} : { 'overrides.yaml': overrides }),
        ...(patches === undefined ? {} : { 'patches.yaml': patches }),
      });

      expect(previewOf(files, to).filter(isOfFiles).map(textOf)).to.deep.equal(says);
    });
  }

  it('reports what the newest release adds and removes compared with the oldest', async () => {
    const files = await gitFiles('{target: {version: "0.16"}}');

    expect(previewOf(files, '0.45').map(textOf)).to.deep.equal([
      'toolset.yaml:3:26 new: HolmesGPT 0.45 enables by itself: bash, connectivity_check, internet, kubernetes/logs, skills; spec.target.defaultToolsetsExcept keeps them off',
      'toolset.yaml:3:26 new: printed for HolmesGPT 0.45 where they are discovered: alertmanager, victorialogs, jaeger/tracing, elasticsearch/data; nothing to do',
      'toolset.yaml:3:26 new: HolmesGPT 0.45 takes several backends of one toolset: prometheus/metrics, grafana/dashboards, grafana/loki, grafana/tempo; nothing to do',
      'toolset.yaml:3:26 new: toolsets that only HolmesGPT 0.45 has: connectivity_check, crossplane/core, database/sql, elasticsearch/cluster, elasticsearch/data, inspektor-gadget/node, inspektor-gadget/tcpdump, kubevela/core, prometheus/multi-tenant-metrics, victorialogs, type: database, type: http, type: mongodb; docs/holmesgpt.md lists what changes between releases',
      'toolset.yaml:3:26 gone: toolsets that only HolmesGPT 0.16 has: aws/rds, aws/security, azure/sql, datadog/rds, git, kubernetes/krew-extras, kubernetes/kube-lineage-extras, opensearch/logs, opensearch/status, opensearch/traces; docs/holmesgpt.md lists what changes between releases',
    ]);
  });

  it('reports a toolset that is no longer on by default under its name in the other release', async () => {
    const files = await gitFiles('{target: {version: "0.45"}}');
    const off = await gitFiles('{target: {version: "0.45", defaultToolsetsExcept: [skills]}}');

    const words = 'HolmesGPT 0.16 does not enable by itself: bash, internet, kubernetes/logs';
    expect(previewOf(files, '0.16').map(({ message }) => message)).to.include(`${words}, runbook`);
    expect(previewOf(off, '0.16').map(({ message }) => message)).to.include(words);
  });

  it('omits toolsets that become on by default when Git keeps them off or names them', async () => {
    const files = await gitFiles(
      '{target: {version: "0.20", defaultToolsets: "off", defaultToolsetsExcept: [skills]}}',
      {
        'overrides.yaml': 'toolsets: {kubernetes/logs: {enabled: true}}',
      },
    );
    const excepted = await gitFiles('{target: {version: "0.20", defaultToolsetsExcept: [internet]}}');

    expect(previewOf(files, '0.45').map(textOf).join('\n')).to.not.include('enables by itself');
    expect(previewOf(excepted, '0.45').map(textOf).join('\n')).to.include('enables by itself: kubernetes/logs;');
  });

  it('reports mistakes in the files, and that a consumer without releases has nothing to compare', async () => {
    const broken = await gitFiles('{target: {version: "0.45"}}', { 'overrides.yaml': 'toolset: {}' });
    const kubernaut = await gitFiles('{target: {format: kubernaut}}');

    expect(previewOf(broken, '0.45').map(({ severity, code, change }) => [severity, code, change])).to.deep.equal([
      ['error', 'OVERRIDES_INVALID', null],
    ]);
    expect(previewOf(kubernaut, '0.45').map(textOf)).to.deep.equal([
      'toolset.yaml:3:25 null: Kubernaut has no releases that differ: nothing is compared; leave --target-version out',
    ]);
  });

  it('reports nothing for the same release, whatever the files contain', async () => {
    await fc.assert(
      fc.asyncProperty(minor, minor, fc.integer(), async (from, other, seed) => {
        expect(previewOf(await mutated(from, other, seed), release(from))).to.deep.equal([]);
      }),
      { numRuns: 20 },
    );
  });

  it('reports as breaking exactly what validate warns of for the other release but not for the current one', async () => {
    await fc.assert(
      fc.asyncProperty(minor, minor, fc.integer(), async (from, to, seed) => {
        const files = await mutated(from, seed % 2 === 0 ? from : to, seed);
        const [was, is] = [warningsOf(files, from), warningsOf(files, to)];
        const breaks = previewOf(files, release(to)).filter(({ change }) => change === 'breaks');

        const known = new Set(is.map((one) => JSON.stringify(one)));
        expect(breaks.filter(({ change: _, ...one }) => !known.has(JSON.stringify(one)))).to.deep.equal([]);
        for (const [place, found] of Map.groupBy(is, placeOf)) {
          const before = was.filter((one) => placeOf(one) === place).length;
          const told = breaks.filter((one) => placeOf(one) === place).length;
          expect(told, place).to.equal(Math.max(0, found.length - before));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('reports as repaired what breaks on the way back, and as new what is gone on the way back', async () => {
    await fc.assert(
      fc.asyncProperty(minor, minor, fc.integer(), async (from, to, seed) => {
        const there = previewOf(await mutated(from, to, seed), release(to));
        const back = previewOf(await mutated(to, to, seed), release(from));

        const broken = back.filter(({ change }) => change === 'breaks').map(({ location }) => formatLocation(location));
        const repaired = there.filter(({ change }) => change === 'repaired');
        expect(repaired.filter(({ location }) => !broken.includes(formatLocation(location)))).to.deep.equal([]);
        expect(namesOf(there, 'new')).to.deep.equal(namesOf(back, 'gone'));
      }),
      { numRuns: 30 },
    );
  });
});

function release(of: number): string {
  return `0.${String(of)}`;
}

/** Files for a release with one change in an entry of each toolset that another one has. */
async function mutated(from: number, entries: number, seed: number): Promise<GitFiles> {
  const all = mutatedEntries(entries, randomFrom(seed));
  const of = (section: string): object =>
    Object.fromEntries(all.filter((one) => one.section === section).map(({ name, entry }) => [name, entry]));
  const file = { toolsets: of('toolsets'), mcp_servers: of('mcp_servers') };
  return gitFiles(`{target: {version: "${release(from)}"}}`, { 'overrides.yaml': JSON.stringify(file, null, 1) });
}

function warningsOf(files: GitFiles, of: number): FileDiagnostic[] {
  const consumer = consumerOf({ ...files.settings.spec.target, version: release(of) });
  const warnings = findingsOf(files, consumer).filter(({ severity }) => severity === 'warning');
  return [...new Map(warnings.map((one) => [`${placeOf(one)} ${one.message}`, one])).values()];
}

function placeOf({ location, code }: FileDiagnostic): string {
  return `${formatLocation(location)} ${code}`;
}

function namesOf(found: readonly PreviewFinding[], change: 'new' | 'gone'): string[] {
  const lines = found.filter((one) => one.change === change && one.message.startsWith('toolsets that only'));
  return lines.map(({ message }) => message.split(': ').slice(1).join(': '));
}

function isOfFiles({ change }: PreviewFinding): boolean {
  return change !== 'new' && change !== 'gone';
}

function textOf({ location, change, message, hint }: PreviewFinding): string {
  return `${formatLocation(location)} ${String(change)}: ${message}; ${hint}`;
}
