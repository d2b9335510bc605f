import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentName } from '../../plugin/consumers/holmesgpt/catalog.ts';
import type { FileDiagnostic } from '../../plugin/lib/diagnostic.ts';
import { findingsIn } from '../../plugin/validate/files.ts';
import type { DataMap } from '../../plugin/lib/json.ts';
import { selfSigned } from '../support/certificate.ts';
import { randomFrom } from '../chaos/random.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import { compare, entriesRefused } from './agreement/compare.ts';
import { mutatedEntries } from './agreement/entries.ts';
import { entriesNamed } from './agreement/told.ts';
import type { Library } from './library.ts';
import { minorOf } from './library.ts';
import { judgeSuite } from './suite.ts';

const { cert: testCertificate, key: testKey } = selfSigned();

const kafka = (more: DataMap): DataMap => ({
  enabled: true,
  config: { clusters: [{ name: 'a', broker: 'kafka.ns.svc:9092', ...more }] },
});

const [pem, base64] = [
  (text: string): string => `-----BEGIN ${text}-----\n-----END ${text}-----\n`,
  (text: string): string => Buffer.from(text).toString('base64'),
];

/** Of a cluster of Kafka: what is no certificate, and what is not read. */
const certificates: readonly DataMap[] = [
  { ssl_ca_cert: 'text' },
  { ssl_ca_cert: 'text', security_protocol: 'SSL' },
  { ssl_ca_cert: 'text', security_protocol: 'PLAINTEXT' },
  { ssl_ca_cert: 'no base64', security_protocol: 'PLAINTEXT' },
  { ssl_ca_cert: pem('CERTIFICATE') },
  { ssl_ca_cert: base64(pem('PRIVATE KEY')) },
  { ssl_ca_cert: ` ${base64(testCertificate)} ` },
  { ssl_ca_cert: base64(testCertificate).slice(0, -1) },
  { ssl_client_cert: base64(testCertificate), ssl_client_key: 'text' },
  { ssl_client_cert: 'text', ssl_client_key: base64(testKey) },
  {
    ssl_ca_cert: base64(testCertificate),
    ssl_client_cert: base64(testCertificate),
    ssl_client_key: base64(testKey),
  },
];

const ownConfigs: Readonly<Record<string, DataMap>> = {
  http: { config: { endpoints: [{ hosts: ['api.ns.svc'], methods: ['GET'] }] } },
  mongodb: { config: { connection_url: 'mongodb://db.ns.svc:27017' } },
  database: { config: { connection_url: 'postgresql://user:pw@db.ns.svc:5432/app' } },
};

const folder = join(import.meta.dirname, 'toolset-files');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** `validate` beside the real HolmesGPT: on files that people wrote, and on entries with one thing changed. */
describe('holmesgpt/agreement', () => {
  const suite = judgeSuite();

  it('covers the 24 files that people wrote', () => {
    expect(files).to.have.length(24);
  });

  for (const version of holmesVersions) {
    let library: Library;

    before(async () => {
      library = await suite.judges[version].library();
    });

    for (const name of files) {
      it(`${version} rejects in ${name} exactly what validate reports`, async () => {
        const text = readFileSync(join(folder, name), 'utf8');
        const refused = await entriesRefused(suite.judges[version], library, text);

        expect(entriesNamed(text, await findingsOf(text, version))).to.deep.equal(refused);
      });
    }

    it(`${version} keeps, of two entries for one toolset, the one that validate does not report`, async () => {
      const coralogix = (team: string): object => ({
        enabled: true,
        config: { api_key: 'key', domain: 'eu2.coralogix.com', team_hostname: team },
      });
      const isRenamed = currentName('coralogix/logs', minorOf(version)) === 'coralogix';
      const file = {
        toolsets: {
          ...(isRenamed ? { coralogix: coralogix('new') } : {}),
          'coralogix/logs': coralogix('old'),
          own: { description: 'Ours', tools: [] },
        },
        mcp_servers: { own: { description: 'Theirs', config: { url: 'http://mcp.ns.svc/sse' } } },
      };
      const { toolsets } = await suite.judges[version].judge(JSON.stringify(file), { isImpatient: true });
      const kept = toolsets[isRenamed ? 'coralogix' : 'coralogix/logs'];
      const told = await findingsOf(`${JSON.stringify(file, null, 2)}\n`, version);

      expect(kept?.effective).to.have.nested.property('default.team_hostname', 'old');
      expect(toolsets.own?.type).to.equal('mcp');
      expect(
        told.filter(({ message }) => / ignores (?:it: |the toolset of)/.test(message)).map(({ message }) => message),
      ).to.deep.equal([
        ...(isRenamed
          ? [`HolmesGPT 0.${String(minorOf(version))} ignores it: coralogix/logs is another name of it`]
          : []),
        `HolmesGPT 0.${String(minorOf(version))} ignores the toolset of the same name`,
      ]);
    });

    it(`${version} and validate agree on Kafka certificates, New Relic accounts and non-text instructions`, async () => {
      const since = (release: number, ...all: readonly [string, DataMap][]): readonly [string, DataMap][] =>
        minorOf(version) < release ? [] : all;
      const all: readonly (readonly [string, DataMap])[] = [
        ...since(24, ...certificates.map((more): [string, DataMap] => ['kafka/admin', kafka(more)])),
        ...[{}, { nr_account_id: '' }, { nr_account_id: '1' }, { nr_api_key: 'k' }].map((config): [string, DataMap] => [
          'newrelic',
          { enabled: true, config },
        ]),
        ['newrelic', { enabled: true }],
        ['newrelic', { enabled: true, config: { nr_account_id: '1', nr_api_key: 'k' } }],
        ...since(
          24,
          // Asked whether a database is there, it waits.
          ...['http', 'mongodb', 'database'].flatMap((type) =>
            (type === 'http' ? [true, false] : [false]).flatMap((enabled) =>
              [1, [], 'text'].map((llm_instructions): [string, DataMap] => [
                'own',
                { type, description: 'x', enabled, llm_instructions, ...ownConfigs[type] },
              ]),
            ),
          ),
        ),
      ];
      for (const [name, entry] of all) {
        const one = { section: 'toolsets', name, entry, change: '', isLost: false } as const;
        const [{ agrees, refused, issues } = {}] = await compare(suite.judges[version], [one]);

        expect(agrees, JSON.stringify({ name, entry, refused, issues }).slice(0, 600)).to.equal(true);
      }
    });

    it(`${version} and validate agree on all toolsets with one change each, except at most one in fifty`, async () => {
      const entries = mutatedEntries(minorOf(version), randomFrom(7));
      const compared = await compare(suite.judges[version], entries);

      const apart = compared
        .filter(({ agrees }) => !agrees)
        .map(({ name, change, refused }) => [name, change, refused]);
      expect(apart, JSON.stringify(apart)).to.have.length.at.most(Math.floor(entries.length / 50));
    });
  }
});

async function findingsOf(text: string, version: string): Promise<FileDiagnostic[]> {
  const settings = `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {version: "${version.split('.').slice(0, 2).join('.')}"}}\n`;
  const texts: Readonly<Record<string, string>> = { 'toolset.yaml': settings, 'overrides.yaml': text };
  return findingsIn((name) => Promise.resolve(texts[name] === undefined ? null : { name, text: texts[name] }));
}
