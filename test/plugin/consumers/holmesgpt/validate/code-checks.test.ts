import { expect } from 'chai';
import { validateEntry } from '../../../../../plugin/consumers/holmesgpt/validate/entry.ts';
import type { Data, DataMap } from '../../../../../plugin/lib/json.ts';

const env = '{{ env.A }}';

/** What a release says of the config of a toolset, without the name of the release. */
function says(name: string, config: DataMap, minor = 45, more: DataMap = {}): readonly string[] {
  return validateEntry('toolsets', name, { enabled: true, ...more, config }, minor).map(
    ({ effect, path, part, message, hint }) =>
      `${effect} ${path.join('.')} (${part}): ${message.replace(/^HolmesGPT 0\.\d+ /, '')}; ${hint}`,
  );
}

describe('plugin/consumers/holmesgpt/validate/code-checks', () => {
  describe('for Prometheus in Azure', () => {
    const wrong = [
      'rejected config.azure_resource (value): fails it: invalid config.azure_resource: expected a string; put it in quotes',
    ];
    const login = { azure_client_id: 'a', azure_tenant_id: 'b', azure_client_secret: env };
    const read = (config: DataMap, minor = 45): readonly string[] =>
      says('prometheus/metrics', { prometheus_url: 'http://a', azure_resource: 5, ...config }, minor);

    for (const managed of [true, 1, 'true', '1', 'True'])
      it(`checks its keys with the managed identity ${JSON.stringify(managed)}`, () => {
        expect(read({ azure_use_managed_id: managed })).to.deep.equal(wrong);
      });
    for (const managed of [false, 0, 'untrue', '10'])
      it(`ignores its keys with the managed identity ${JSON.stringify(managed)}`, () => {
        expect(read({ azure_use_managed_id: managed })).to.deep.equal([]);
      });

    it('needs a whole login from 0.40 on, where one of its keys was enough before', () => {
      expect(read(login, 40)).to.deep.equal(wrong);
      for (const key of Object.keys(login)) {
        expect(read({ ...login, [key]: '' }, 40), key).to.deep.equal([]);
        const isEnough = key !== 'azure_client_secret';
        expect(read({ [key]: 'a' }, 39), key).to.deep.equal(isEnough ? wrong : []);
      }
      expect(read({ azure_use_managed_id: false }, 39)).to.deep.equal(wrong);
    });

    it('reads the interval of tokens only there, or in AWS', () => {
      const interval = { refresh_interval_seconds: 'x', azure_resource: 'a' };

      expect(read(interval)).to.deep.equal([]);
      for (const cloud of [login, { aws_region: 'eu-1' }])
        expect(read({ ...interval, ...cloud }).join()).to.include('invalid config.refresh_interval_seconds');
    });
  });

  describe('for Confluence', () => {
    const config = { api_url: 'https://a.atlassian.net', api_key: env };
    const missing = ['incomplete config (key): fails it: config without user; add user'];

    it('needs a user in each release, which may be empty from 0.26 on', () => {
      for (const minor of [21, 25, 26, 45])
        expect(says('confluence', config, minor), String(minor)).to.deep.equal(missing);
      expect(says('confluence', { ...config, user: '' }, 25)).to.deep.equal(missing);
      expect(says('confluence', { ...config, user: '' }, 26)).to.deep.equal([]);
      expect(says('confluence', config, 20).join()).to.not.include('user');
    });

    it('needs none with a personal access token, which its type says until 0.31', () => {
      for (const minor of [25, 26, 45])
        expect(says('confluence', { ...config, auth_type: 'bearer' }, minor), String(minor)).to.deep.equal([]);
      const ofType = (subtype: string, minor: number): readonly string[] =>
        says('confluence', config, minor, { subtype });
      expect(ofType('dc-pat', 31)).to.deep.equal([]);
      expect(ofType('dc-pat', 32)).to.deep.equal(missing);
    });

    it('reads the user only with another login from 0.26 on', () => {
      const invalid = (more: DataMap, minor: number): boolean =>
        says('confluence', { ...config, user: 5, ...more }, minor)
          .join()
          .includes('invalid config.user');

      expect([25, 26].map((minor) => invalid({ auth_type: 'bearer' }, minor))).to.deep.equal([true, false]);
      expect([25, 26].map((minor) => invalid({}, minor))).to.deep.equal([true, true]);
    });

    it('reads the id of a cloud only for one from 0.26 on', () => {
      const invalid = (url: string, minor: number): boolean =>
        says('confluence', { ...config, user: 'a', api_url: url, cloud_id: 5 }, minor)
          .join()
          .includes('invalid config.cloud_id');
      const urls = ['https://a', 'https://a.atlassian.net', env];

      expect(urls.map((url) => invalid(url, 25))).to.deep.equal([true, true, true]);
      expect(urls.map((url) => invalid(url, 26))).to.deep.equal([false, true, true]);
    });
  });

  it('needs the keys of New Relic where a release uses them at startup', () => {
    const of = (minor: number, key: string, account: string): readonly string[] => {
      const prefix = minor < 20 ? 'nr_' : '';
      return says('newrelic', { [`${prefix}api_key`]: key, [`${prefix}account_id`]: account }, minor).map(
        (one) => /invalid config\.(?:nr_)?(\w+) .*expected (.*);/.exec(one)?.slice(1).join(': ') ?? one,
      );
    };
    const filled = 'a string that is not empty';

    expect([16, 17].map((minor) => of(minor, '', '').toSorted())).to.deep.equal(
      [16, 17].map(() => [`account_id: ${filled}`, `api_key: ${filled}`]),
    );
    expect(of(17, 'a', 'x')).to.deep.equal([]);
    expect([18, 24, 39].map((minor) => of(minor, '', ''))).to.deep.equal([[], [], []]);
    expect([40, 45].map((minor) => of(minor, '', ''))).to.deep.equal(
      [40, 45].map(() => ['account_id: a number, in quotes', `api_key: ${filled}`]),
    );
    expect(of(40, 'a', 'x')).to.deep.equal(['account_id: a number, in quotes']);
    expect(of(40, 'a', '12_3')).to.deep.equal([]);
  });

  describe('for the login of a cluster of Kafka', () => {
    const at = 'config.clusters.0 (key)';
    const without = (protocol: string, key: string): string =>
      `incomplete ${at}: fails it: ${protocol} without ${key}; add ${key}`;
    const both = ['username', 'password'].map((key) => without('SASL_SSL', key));
    const cases: readonly (readonly [DataMap, readonly string[]])[] = [
      [{ security_protocol: 'SASL_SSL', sasl_mechanism: 'PLAIN' }, both],
      [{ security_protocol: 'SASL_SSL', sasl_mechanism: 'SCRAM-SHA-512', username: 'a' }, both.slice(1)],
      [{ security_protocol: 'SASL_SSL', sasl_mechanism: 'PLAIN', username: 'a', password: env }, []],
      [{ security_protocol: 'sasl_plaintext', sasl_mechanism: 'OAUTHBEARER' }, []],
      [{ security_protocol: 'sasl_ssl' }, [without('sasl_ssl', 'sasl_mechanism')]],
      [{ security_protocol: 'ssl', sasl_mechanism: 'x' }, []],
      [
        { security_protocol: 'SASL_SSL', sasl_mechanism: 'plain', username: 'a', password: env },
        [
          `rejected ${at}: fails it: its Kafka driver has no sasl_mechanism "plain"; use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER, in capitals`,
        ],
      ],
      [{ security_protocol: 'SASL_SSL', sasl_mechanism: env, username: 'a', password: env }, []],
    ];
    for (const [login, expected] of cases) {
      it(`${expected.length === 0 ? 'accepts' : 'reports'} ${JSON.stringify(login)}`, () => {
        expect(says('kafka/admin', { clusters: [{ name: 'a', broker: 'b:1', ...login }] })).to.deep.equal(expected);
      });
    }

    it('reads the keys of earlier releases', () => {
      const login = { kafka_security_protocol: 'SASL_SSL', kafka_sasl_mechanism: 'PLAIN', kafka_username: 'a' };

      expect(says('kafka/admin', { kafka_clusters: [{ name: 'a', kafka_broker: 'b:1', ...login }] }, 19)).to.deep.equal(
        ['incomplete config.kafka_clusters.0 (key): fails it: SASL_SSL without password; add password'],
      );
    });
  });

  const click: readonly (readonly [string, Data, boolean])[] = [
    ['mysql://a', true, true],
    ['mysql://a', 'true', true],
    ['mysql://a', false, false],
    ['mysql://a', 'false', false],
    ['clickhouse+http://a', true, false],
    [env, true, false],
  ];
  for (const [url, json, isRejected] of click) {
    it(`${isRejected ? 'rejects' : 'accepts'} ClickHouse's JSON ${JSON.stringify(json)} for ${url}`, () => {
      const config = { connection_url: url, clickhouse_use_http_json: json };

      expect(says('db', config, 45, { type: 'database', description: 'a' })).to.deep.equal(
        isRejected
          ? [
              'rejected config.clickhouse_use_http_json (key): fails it: clickhouse_use_http_json with a connection_url of another product; remove it',
            ]
          : [],
      );
    });
  }

  it('needs headers for Notion, which log in', () => {
    const missing = ['incomplete config (key): fails it: config without additional_headers; add additional_headers'];

    expect(says('notion', {})).to.deep.equal(missing);
    expect(says('notion', { additional_headers: {} })).to.deep.equal(missing);
    expect(says('notion', { additional_headers: { A: 'b' } })).to.deep.equal([]);
  });

  const named: readonly (readonly [readonly (Data | undefined)[], readonly string[]])[] = [
    [['a', 'b'], []],
    [['a', 'a'], ['1 fails it: two instances with the name "a"; give it another name']],
    ...[undefined, '', 0].map(
      (unnamed) =>
        [
          [unnamed, 'instance-0'],
          ['1 fails it: two instances with the name "instance-0"; give it another name'],
        ] as const,
    ),
    [['b', undefined, 'instance-0'], []],
    [[5, 'b'], ['0 never finds the instance 5: it is asked for by a string; put it in quotes']],
    [[5], []],
    [[{ a: 1 }], ['0 fails it: invalid config.instances.0.name: expected a string; correct the value, or remove it']],
    [[['a']], ['0 fails it: invalid config.instances.0.name: expected a string; correct the value, or remove it']],
  ];
  for (const [names, expected] of named) {
    it(`${expected.length === 0 ? 'accepts' : 'reports'} instances called ${JSON.stringify(names)}`, () => {
      const instances = names.map((name) => ({ api_url: 'http://a', ...(name === undefined ? {} : { name }) }));

      expect(
        says('grafana/loki', { instances }).map((one) =>
          one.replace(/^\w+ config\.instances\.(\d)\.name \(value\):/, '$1'),
        ),
      ).to.deep.equal(expected);
    });
  }
});
