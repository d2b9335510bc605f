import { expect } from 'chai';
import { holmesgpt } from '../../../../../plugin/consumers/holmesgpt/index.ts';
import type { CredentialConfig } from '../../../../../plugin/settings/schema/credentials.ts';

const reference = '{{ env.X }}';

describe('plugin/consumers/holmesgpt/credentials/validate: what is checked before it is printed', () => {
  const cases: readonly {
    readonly title: string;
    readonly name: string;
    readonly credential: CredentialConfig;
    readonly version?: string;
    readonly issues: readonly string[];
  }[] = [
    {
      title: 'headers, a login and a client certificate are taken where the release has them',
      name: 'grafana/tempo',
      credential: { additional_headers: { 'X-Scope-OrgID': 'a' }, username: 'holmes', password: reference },
      issues: [],
    },
    {
      title: 'a key of another toolset is named, with what to write instead',
      name: 'prometheus/metrics',
      credential: { bearer_token: reference },
      issues: [
        'bearer_token: HolmesGPT 0.45 takes no "bearer_token" for prometheus/metrics: it is not printed; write {additional_headers: {Authorization: "Bearer {{ env.PROMETHEUS_TOKEN }}"}}',
      ],
    },
    {
      title: 'a key of a newer release is named',
      name: 'grafana/loki',
      version: '0.30',
      credential: { username: 'holmes', password: reference },
      issues: ['username', 'password'].map(
        (key) =>
          `${key}: HolmesGPT 0.30 takes no "${key}" for grafana/loki: it is not printed; write {additional_headers: {Authorization: "Bearer {{ env.LOKI_TOKEN }}"}}`,
      ),
    },
    {
      title: 'a text for a map of headers is named',
      name: 'prometheus/metrics',
      credential: { additional_headers: reference },
      issues: [
        'additional_headers: HolmesGPT 0.45 fails it: invalid additional_headers: expected a map; correct the value, or remove it',
      ],
    },
    {
      title: 'a reference in the form of other consumers is named: it would be sent as it is',
      name: 'prometheus/metrics',
      credential: { additional_headers: { Authorization: 'Bearer ${TOKEN}' } },
      issues: [
        'additional_headers.Authorization: HolmesGPT 0.45 does not fill in ${TOKEN}, and sends it as it is; write {{ env.TOKEN }}',
      ],
    },
    ...['grafana/dashboards', 'alertmanager'].map((name) => {
      const key = name === 'alertmanager' ? 'token' : 'api_key';
      return {
        title: `a reference from a block, whose line end no header takes, is named: ${name}`,
        name,
        credential: { [key]: `${reference}\n` },
        issues: [
          `${key}: HolmesGPT 0.45 fails each of its requests: config.${key} is sent in a header, as one line without a space in front; write it in one line, in quotes, or as a block with |- in place of |`,
        ],
      };
    }),
    {
      title: 'half of a login, and a certificate without its key, are named',
      name: 'elasticsearch',
      credential: { username: 'holmes', client_cert: '/certs/tls.crt' },
      issues: [
        'username: HolmesGPT 0.45 sends nothing of username without password; add password',
        'client_cert: HolmesGPT 0.45 sends nothing of client_cert without client_key; add client_key',
      ],
    },
    {
      title: 'two headers of an HTTP API are named: one endpoint has one login',
      name: 'alertmanager',
      credential: { default_headers: { 'X-Api-Key': reference, 'X-Tenant': 'a' } },
      issues: [
        'default_headers: HolmesGPT 0.45 logs in to one endpoint with one header, and others get what stands beside the list; name one header and nothing else here, or write default_headers into overrides.yaml',
      ],
    },
    {
      title: 'a name that is no toolset is named, with the one that was meant',
      name: 'grafana/lokki',
      credential: { api_key: reference },
      issues: [
        ': no backend is given the credential "grafana/lokki": discovery configures no toolset of that name; did you mean "grafana/loki"?',
      ],
    },
    {
      title: 'keys of Kafka are taken by their names of today in a release that has others',
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
