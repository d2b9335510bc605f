import { expect } from 'chai';
import { basisOf } from '../../../plugin/customizations/basis/basis.ts';
import { customize } from '../../../plugin/customizations/basis/customize.ts';
import type { CustomizedBackends } from '../../../plugin/customizations/basis/customize.ts';
import { withholdCredentials } from '../../../plugin/customizations/credentials/withhold-credentials.ts';
import type { CredentialPolicy, ToolsetFile } from '../../../plugin/consumers/consumer.ts';
import { holmesgpt } from '../../../plugin/consumers/holmesgpt/index.ts';
import { detectors } from '../../../detectors/index.ts';
import type { Candidate } from '../../../plugin/discovery/decision.ts';
import { candidate } from '../../support/candidate.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { changesOf } from '../../support/git.ts';
import { grafana, recording } from '../../support/objects.ts';
import { runHere } from '../../support/run.ts';

function backend(key: string, toolset: string, change: Partial<Candidate> = {}): Candidate {
  const [namespace = '', name = ''] = key.split('/');
  const host = `${name}.${namespace}.svc.cluster.local`;
  const detector = detectors.find((one) => one.toolset === toolset)!;
  const endpoint = { scheme: 'http', host, port: 80, path: '', schemeFrom: 'default' } as const;
  return candidate(key, { toolset, detector, entryPoint: { name: '' }, endpoint, needsCredential: true, ...change });
}

function secure(key: string, toolset: string): Candidate {
  const one = backend(key, toolset, { needsCredential: false });
  return { ...one, endpoint: { ...one.endpoint, scheme: 'https' } };
}

interface Result extends Pick<CustomizedBackends, 'unusable'> {
  readonly file: ToolsetFile;
}

function run(
  admitted: readonly Candidate[],
  files: Readonly<Record<string, unknown>>,
  { trusted = ['a'], version = '0.45' } = {},
): Result {
  const access: CredentialPolicy = {
    credentials: {},
    isTrusted: (namespace) => trusted.includes(namespace),
    certificates: 'public',
    clusterDomain: 'cluster.local',
  };
  const consumer = holmesgpt(version);
  const customizations = changesOf(files, consumer);
  const generated = consumer.generate(admitted, access);
  const inputs = { customizations, consumer, access };
  const basis = basisOf(admitted, inputs, trusted.length > 0);
  const changed = customize(basis, generated, inputs);
  const { isTrusted } = access;
  const { file } = withholdCredentials(changed, { customizations, admitted, isTrusted, consumer });
  return { file, unusable: changed.unusable };
}

function override(name: string, entry: unknown): Readonly<Record<string, unknown>> {
  return { 'overrides.yaml': { toolsets: { [name]: entry } } };
}

const loki = backend('a/loki', 'grafana/loki');
const header = { additional_headers: { Authorization: 'Bearer {{ env.T }}' } };

describe('plugin/customizations: a toolset that Git repairs', () => {
  const folder = temporaryFolder();
  const repaired: readonly (readonly [string, Candidate, Readonly<Record<string, unknown>>, string?])[] = [
    ['a header', loki, override('grafana/loki', { config: header })],
    ['a token', loki, override('grafana/loki', { config: { api_key: '{{ env.T }}' } })],
    [
      'a token in a patch',
      loki,
      {
        'patches.yaml': [
          { target: 'grafana/*', patch: [{ op: 'add', path: '/config/api_key', value: '{{ env.T }}' }] },
        ],
      },
    ],
    ['an endpoint in Git', loki, override('grafana/loki', { config: { api_url: 'https://loki.example' } })],
    [
      'a login in a list',
      backend('a/rabbit', 'rabbitmq/core'),
      {
        'patches.yaml': [
          {
            target: 'rabbitmq/core',
            patch: [
              { op: 'add', path: '/config/clusters/0/username', value: 'holmes' },
              { op: 'add', path: '/config/clusters/0/password', value: '{{ env.P }}' },
            ],
          },
        ],
      },
    ],
    [
      'the login of an HTTP API',
      backend('a/am', 'alertmanager'),
      {
        'patches.yaml': [
          {
            target: 'alertmanager',
            patch: [{ op: 'add', path: '/config/endpoints/0/auth', value: { type: 'bearer', token: '{{ env.T }}' } }],
          },
        ],
      },
    ],
    [
      'a URL with a login',
      backend('a/pg', 'postgresql'),
      override('postgresql', { config: { connection_url: '{{ env.U }}' } }),
    ],
    [
      'verify_ssl: false',
      secure('a/loki', 'grafana/loki'),
      override('grafana/loki', { config: { verify_ssl: false } }),
    ],
    [
      'the host name that the certificate is valid for',
      secure('a/loki', 'grafana/loki'),
      override('grafana/loki', { config: { api_url: 'https://loki.a.svc:443' } }),
    ],
  ];
  for (const [title, one, files] of repaired) {
    it(`is enabled without a warning by ${title}`, () => {
      const before = run([one], {});
      const { file, unusable } = run([one], files);

      expect(before.file.toolsets[one.toolset]).to.include({ enabled: false });
      expect(before.unusable).to.have.length(1);
      expect(file.toolsets[one.toolset]).to.include({ enabled: true });
      expect(unusable).to.deep.equal([]);
    });
  }

  const not: readonly (readonly [string, Candidate, Readonly<Record<string, unknown>>, Parameters<typeof run>[2]?])[] =
    [
      ['a key that HolmesGPT ignores', loki, override('grafana/loki', { config: { bearer_token: '{{ env.T }}' } })],
      ['half of a login', loki, override('grafana/loki', { config: { username: 'holmes' } })],
      ['another setting', loki, override('grafana/loki', { config: { timeout_seconds: 5 } })],
      [
        'another name of the same Service',
        loki,
        override('grafana/loki', { config: { api_url: 'http://loki.a.svc' } }),
      ],
      [
        'verify_ssl: false when a credential is required',
        loki,
        override('grafana/loki', { config: { verify_ssl: false } }),
      ],
      [
        'a credential when a certificate is not trusted',
        secure('a/loki', 'grafana/loki'),
        override('grafana/loki', { config: header }),
      ],
      ['a header with enabled: false', loki, override('grafana/loki', { enabled: false, config: header })],
      [
        'a header that is withheld from an untrusted Service',
        loki,
        override('grafana/loki', { config: header }),
        { trusted: ['b'] },
      ],
      [
        'references in a list of clusters, which the release does not expand',
        backend('a/rabbit', 'rabbitmq/core'),
        {
          'patches.yaml': [
            {
              target: 'rabbitmq/core',
              patch: [
                { op: 'add', path: '/config/clusters/0/username', value: 'holmes' },
                { op: 'add', path: '/config/clusters/0/password', value: '{{ env.P }}' },
              ],
            },
          ],
        },
        { version: '0.24' },
      ],
    ];
  for (const [title, one, files, circumstances] of not) {
    it(`is not enabled by ${title}`, () => {
      const { file } = run([one], files, circumstances);

      expect(file.toolsets[one.toolset]).to.include({ enabled: false });
    });
  }

  it('is enabled apart from the other toolset of its backend, for which the warning remains', () => {
    const one = backend('a/es', 'elasticsearch/data');

    const { file, unusable } = run([one], override('elasticsearch/data', { config: { api_key: '{{ env.K }}' } }));

    expect(file.toolsets['elasticsearch/data']).to.include({ enabled: true });
    expect(file.toolsets['elasticsearch/cluster']).to.include({ enabled: false });
    expect(unusable.map(({ message }) => message.split(' answers')[0])).to.deep.equal(['elasticsearch/cluster: a/es']);
  });

  it('includes a backend that was left out when what Git adds applies to all backends', () => {
    const open = backend('a/open', 'grafana/loki', { needsCredential: false });

    const { file, unusable } = run([open, loki], override('grafana/loki', { config: header }));

    expect(file.toolsets['grafana/loki']).to.containSubset({
      enabled: true,
      config: { ...header, instances: [{ name: 'a/open' }, { name: 'a/loki' }] },
    });
    expect(unusable).to.deep.equal([]);
  });

  it('includes all backends with an untrusted certificate, even in untrusted namespaces', () => {
    const { file, unusable } = run(
      [secure('a/loki', 'grafana/loki'), secure('b/loki', 'grafana/loki')],
      override('grafana/loki', { config: { verify_ssl: false } }),
    );

    expect(file.toolsets['grafana/loki']).to.containSubset({
      enabled: true,
      config: { verify_ssl: false, instances: [{ name: 'a/loki' }, { name: 'b/loki' }] },
    });
    expect(unusable).to.deep.equal([]);
  });

  it('does not change the digest, as serve has no overrides', async () => {
    const settings =
      'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {version: "0.31"}, trust: {namespaces: [monitoring]}}\n';
    const overrides = 'toolsets: {grafana/dashboards: {config: {api_key: "{{ env.K }}"}}}\n';
    await folder.write('toolset.yaml', settings);
    const snapshot = await folder.write('snapshot.json', recording(grafana()));
    const printed = async (): Promise<string> => {
      const { stdout } = await runHere(['generate', '--path', folder.path, '--snapshot', snapshot]);
      return stdout;
    };
    const enabledIn = (text: string): string | undefined => /grafana\/dashboards[^]*?enabled"?: (\w+)/.exec(text)?.[1];
    const digestIn = (text: string): string | undefined => /toolset-digest: (\S+)/.exec(text)?.[1];

    const before = await printed();
    await folder.write('overrides.yaml', overrides);
    const after = await printed();

    expect([before, after].map(enabledIn)).to.deep.equal(['false', 'true']);
    expect(digestIn(after)).to.equal(digestIn(before)).and.not.equal(undefined);
  });
});
