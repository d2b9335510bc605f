import { expect } from 'chai';
import { holmesgpt } from '../../../../../plugin/consumers/holmesgpt/index.ts';
import type { CredentialConfig } from '../../../../../plugin/settings/schema/credentials.ts';

const reference = '{{ env.X }}';

describe('plugin/consumers/holmesgpt/credentials/validate', () => {
  const cases: readonly {
    readonly title: string;
    readonly name: string;
    readonly credential: CredentialConfig;
    readonly version?: string;
    readonly issues: readonly string[];
  }[] = [
    {
      title: 'accepts headers and a login that the release supports',
      name: 'grafana/tempo',
      credential: { additional_headers: { 'X-Scope-OrgID': 'a' }, username: 'holmes', password: reference },
      issues: [],
    },
    {
      title: 'reports a key of another toolset, and suggests what to write instead',
      name: 'prometheus/metrics',
      credential: { bearer_token: reference },
      issues: [
        'bearer_token: HolmesGPT 0.45 takes no "bearer_token" for prometheus/metrics: it is not printed; write {additional_headers: {Authorization: "Bearer {{ env.PROMETHEUS_TOKEN }}"}}',
      ],
    },
    {
      title: 'reports a key of a newer release',
      name: 'grafana/loki',
      version: '0.30',
      credential: { username: 'holmes', password: reference },
      issues: ['username', 'password'].map(
        (key) =>
          `${key}: HolmesGPT 0.30 takes no "${key}" for grafana/loki: it is not printed; write {additional_headers: {Authorization: "Bearer {{ env.LOKI_TOKEN }}"}}`,
      ),
    },
    {
      title: 'reports a text instead of a map of headers',
      name: 'prometheus/metrics',
      credential: { additional_headers: reference },
      issues: [
        'additional_headers: HolmesGPT 0.45 fails it: invalid additional_headers: expected a map; correct the value, or remove it',
      ],
    },
    {
      title: 'reports a reference in the syntax of other consumers, which would be sent literally',
      name: 'prometheus/metrics',
      credential: { additional_headers: { Authorization: 'Bearer ${TOKEN}' } },
      issues: [
        'additional_headers.Authorization: HolmesGPT 0.45 does not fill in ${TOKEN}, and sends it as it is; write {{ env.TOKEN }}',
      ],
    },
    ...['grafana/dashboards', 'alertmanager'].map((name) => {
      const key = name === 'alertmanager' ? 'token' : 'api_key';
      return {
        title: `reports a reference from a block scalar, whose newline is invalid in a header: ${name}`,
        name,
        credential: { [key]: `${reference}\n` },
        issues: [
          `${key}: HolmesGPT 0.45 fails each of its requests: config.${key} is sent in a header, as one line without a space in front; write it in one line, in quotes, or as a block with |- in place of |`,
        ],
      };
    }),
    {
      title: 'reports half of a login, and a certificate without its key',
      name: 'elasticsearch',
      credential: { username: 'holmes', client_cert: '/certs/tls.crt' },
      issues: [
        'username: HolmesGPT 0.45 sends nothing of username without password; add password',
        'client_cert: HolmesGPT 0.45 sends nothing of client_cert without client_key; add client_key',
      ],
    },
    {
      title: 'reports two headers for an HTTP API, as one endpoint has one login',
      name: 'alertmanager',
      credential: { default_headers: { 'X-Api-Key': reference, 'X-Tenant': 'a' } },
      issues: [
        'default_headers: HolmesGPT 0.45 logs in to one endpoint with one header, and others get what stands beside the list; name one header and nothing else here, or write default_headers into overrides.yaml',
      ],
    },
    {
      title: 'reports an unknown toolset, and suggests the closest name',
      name: 'grafana/lokki',
      credential: { api_key: reference },
      issues: [
        ': no backend is given the credential "grafana/lokki": discovery configures no toolset of that name; did you mean "grafana/loki"?',
      ],
    },
    {
      title: 'accepts the current names of Kafka keys in a release that has other names',
      name: 'kafka/admin',
      version: '0.19',
      credential: { username: 'holmes', password: reference, sasl_mechanism: 'PLAIN' },
      issues: [],
    },
  ];
  for (const { title, name, credential, version = '0.45', issues } of cases) {
    it(title, () => {
      const found = holmesgpt(version).validateCredential(name, credential);

      expect(found.map(({ path, message, hint }) => `${path.join('.')}: ${message}; ${hint}`)).to.deep.equal(issues);
    });
  }
});
