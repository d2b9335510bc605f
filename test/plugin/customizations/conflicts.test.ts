import { expect } from 'chai';
import type { Candidate } from '../../../plugin/discovery/decision.ts';
import { formatLocation } from '../../../plugin/lib/diagnostic.ts';
import type { Basis } from '../../../plugin/customizations/basis/basis.ts';
import { customize } from '../../../plugin/customizations/basis/customize.ts';
import { assertNoConflicts, conflictsOf } from '../../../plugin/customizations/conflicts.ts';
import type { Consumer, Generated } from '../../../plugin/consumers/consumer.ts';
import { holmesgpt } from '../../../plugin/consumers/holmesgpt/index.ts';
import { kubernautJson } from '../../../plugin/consumers/kubernaut/json.ts';
import { kubernaut } from '../../../plugin/consumers/kubernaut/yaml.ts';
import { noCredential, unusable } from '../../../plugin/consumers/consumer.ts';
import type { FileDiagnostic } from '../../../plugin/lib/diagnostic.ts';
import { frozen } from '../../support/data.ts';
import { failure } from '../../support/failure.ts';
import { candidate } from '../../support/candidate.ts';
import { changesOf, holmesgpt045 } from '../../support/git.ts';

type Files = Readonly<Record<string, string>>;

const lacking = `grafana/dashboards: a/grafana ${noCredential}`;
const generated: Generated = frozen({
  file: {
    toolsets: {
      'kubernetes/core': { enabled: true },
      'prometheus/metrics': {
        enabled: true,
        config: {
          instances: [
            { name: 'a/p', prometheus_url: 'http://p.a.svc:9090' },
            { name: 'b/p', prometheus_url: 'http://p.b.svc:9090' },
          ],
        },
      },
      'grafana/loki': { enabled: true, config: { api_url: 'http://l.a.svc:3100' } },
      'grafana/tempo': { enabled: true, config: { api_url: 'http://t.a.svc:3100' } },
      'grafana/dashboards': { enabled: false, config: { api_url: 'http://g.a.svc:80' } },
      'elasticsearch/data': { enabled: false, config: { api_url: 'https://e.a.svc:9200' } },
      'rabbitmq/core': { enabled: false, config: { clusters: [{ id: 'a/r', api_url: 'http://r.a.svc:15672' }] } },
      alertmanager: {
        enabled: true,
        type: 'http',
        description: 'Alertmanager of this cluster (a/am)',
        config: { endpoints: [{ hosts: ['http://am.a.svc:9093'], paths: ['/api/v2/*'], methods: ['GET'] }] },
      },
    },
    mcp_servers: {},
  },
  unusable: [
    unusable({
      code: 'CREDENTIAL_MISSING',
      toolset: 'grafana/dashboards',
      service: 'a/grafana',
      entries: ['grafana/dashboards'],
      why: noCredential,
    }),
    unusable({
      code: 'CERTIFICATE_UNTRUSTED',
      toolset: 'elasticsearch/data',
      service: 'a/e',
      entries: ['elasticsearch/data'],
      why: 'serves https',
    }),
  ],
});

/** What an operator may well write, and nothing of it in vain. */
const useful = `toolsets:
  # Slow queries are worth waiting for.
  prometheus/metrics:
    enabled: true
    config:
      query_timeout_seconds_default: 60
      query_timeout_seconds_hard_max: 300
      discover_metrics_from_last_hours: 2
      additional_headers:
        X-Scope-OrgID: "1"
      additional_labels: {cluster: prod}
      verify_ssl: true
  grafana/loki:
    config:
      additional_headers:
        X-Scope-OrgID: platform
        Authorization: "Bearer {{ env.LOKI_TOKEN }}"
      api_url: https://grafana.example.com
      grafana_datasource_uid: loki
      timeout_seconds: 30
  grafana/tempo:
    config:
      labels: {pod: k8s.pod.name, namespace: k8s.namespace.name}
      max_retries: 1
  grafana/dashboards:
    enabled: true
    llm_instructions: |
      Look at the folder SRE first.
    config:
      api_key: "{{ env.GRAFANA_API_KEY }}"
      external_url: https://grafana.example.com
  elasticsearch/data:
    enabled: true
    config:
      username: "{{ env.ES_USER }}"
      password: "{{ env.ES_PASSWORD }}"
      verify_ssl: false
  alertmanager:
    config:
      timeout_seconds: 5
      default_headers: {X-Team: sre}
  rabbitmq/core:
    enabled: true
    config:
      clusters:
        - id: main
          api_url: https://rabbitmq.example.com/
          username: "{{ env.RABBITMQ_USER }}"
          password: "{{ env.RABBITMQ_PASSWORD }}"
  # On unless they are switched off.
  internet: {enabled: false}
  bash: {enabled: false}
  connectivity_check: {enabled: false}
  core_investigation: {enabled: false}
  skills: {enabled: false}
  # On only if they are switched on.
  kubernetes/logs: {enabled: true}
  helm/core: {enabled: true}
  # Not in the cluster.
  datadog/logs:
    enabled: true
    config:
      api_key: "{{ env.DD_API_KEY }}"
      app_key: "{{ env.DD_APP_KEY }}"
      api_url: https://api.datadoghq.eu
  # Our own.
  runbooks/shop:
    description: Runbooks of the shop
    tags: [core]
    prerequisites:
      - command: curl --version
      - env: [RUNBOOK_TOKEN]
    tools:
      - name: read_runbook
        description: Reads one runbook
        command: |
          curl --silent -H "Authorization: Bearer \${RUNBOOK_TOKEN}" "http://runbooks.shop.svc/{{ name }}.md"
        parameters:
          name: {type: string, description: Name of the runbook, required: true}
  shop-api:
    type: http
    description: The API of the shop
    config:
      endpoints:
        - hosts: ["http://api.shop.svc:8080"]
          paths: [/v1/*]
          methods: [GET, POST]
          auth: {type: bearer, token: "{{ env.SHOP_TOKEN }}"}
      default_headers: {Accept: application/json}
  shop-db:
    type: database
    subtype: postgresql
    description: Orders
    config:
      connection_url: "{{ env.SHOP_DB_URL }}"
      read_only: true
      max_rows: 100
  shop-carts:
    type: mongodb
    description: Carts
    config:
      connection_url: "mongodb://{{ env.CARTS_USER }}:{{ env.CARTS_PASSWORD }}@mongo.shop.svc:27017/"
mcp_servers:
  github:
    description: Issues and pull requests
    llm_instructions: Look for known issues first.
    config:
      url: https://mcp.example.com/github
      mode: streamable-http
      headers:
        Authorization: "Bearer {{ env.GITHUB_TOKEN }}"
  local:
    description: A program
    config:
      mode: stdio
      command: /usr/bin/mcp
      args: [--quiet]
      env: {TOKEN: "{{ env.LOCAL_TOKEN }}"}
  old:
    description: As older releases have it
    url: https://mcp.example.com/old/sse
    config: {}
`;

describe('plugin/customizations/conflicts', () => {
  it('reports no warning for overrides in which every line has an effect', () => {
    const warnings = findings({ 'overrides.yaml': useful }).filter(({ severity }) => severity === 'warning');

    expect(warnings).to.be.empty;
  });

  it('warns only of the value that a patch replaces, in such a base with an environment and patches', () => {
    const files = {
      'base.yaml': useful,
      'overrides.yaml': `toolsets:
  prometheus/metrics: {config: {query_timeout_seconds_default: 120, additional_labels: {cluster: null, region: eu}}}
  shop-db: null
  internet: {enabled: true}
mcp_servers: {local: null}
`,
      'patches.yaml': `- target: prometheus/metrics
  patch:
    - {op: test, path: /config/instances/0/name, value: a/p}
    - {op: add, path: /config/instances/0/verify_ssl, value: false}
    - {op: remove, path: /config/instances/1}
- target: grafana/*
  patch: [{op: add, path: /config/timeout_seconds, value: 20}]
  optional: true
- target: jaeger/*
  patch: [{op: remove, path: /config/endpoints/0}]
  optional: true
`,
    };
    const said = findings(files).map(
      ({ severity, code, location }) => `${severity} ${code} ${formatLocation(location)}`,
    );

    expect(said).to.include('note OVERRIDE_SHADOWED base.yaml:6:7');
    // The patch of all Grafanas puts another value in the place of this one.
    expect(said.filter((one) => one.startsWith('warning'))).to.deep.equal(['warning OVERRIDE_SHADOWED base.yaml:20:7']);
  });

  describe('reports', () => {
    const cases: readonly (readonly [string, string, readonly string[]])[] = [
      [
        'an unknown toolset',
        'toolsets:\n  grafana/lokki: {enabled: true}\n',
        ['2:3 OVERRIDE_REJECTED HolmesGPT 0.45 has no toolset "grafana/lokki"; did you mean "grafana/loki"?'],
      ],
      [
        'two names of one toolset, and one name in both sections, including discovered ones',
        'toolsets:\n  runbook: {enabled: true}\n  skills: {enabled: true}\nmcp_servers:\n  alertmanager: {description: d, config: {url: http://a}}\n',
        [
          '2:3 CONFIG_KEY_UNKNOWN HolmesGPT 0.45 ignores it: skills is another name of it; keep one of the two, or rename it',
          '5:3 CONFIG_KEY_UNKNOWN HolmesGPT 0.45 ignores the toolset of the same name; keep one of the two, or rename it',
        ],
      ],
      [
        'an unknown key of an entry',
        'toolsets:\n  grafana/loki:\n    enable: false\n',
        ['3:5 OVERRIDE_REJECTED HolmesGPT 0.45 rejects a toolset with the key "enable"; did you mean "enabled"?'],
      ],
      [
        'an unknown key of a config',
        'toolsets:\n  grafana/loki:\n    config:\n      api_key: "{{ env.A }}"\n      timeout_second: 5\n',
        [
          '5:7 CONFIG_KEY_UNKNOWN HolmesGPT 0.45 silently ignores the key "timeout_second"; did you mean "timeout_seconds"?',
        ],
      ],
      [
        'a map five levels deep instead of a text',
        'toolsets:\n  grafana/loki:\n    config:\n      api_url:\n        a: {b: {c: {d: {e: 1}}}}\n',
        [
          '4:7 OVERRIDE_REJECTED HolmesGPT 0.45 fails it: invalid config.api_url: expected a string; correct the value, or remove it',
        ],
      ],
      [
        'an unknown type of a discovered toolset',
        'toolsets:\n  grafana/loki: {type: htp}\n',
        ['2:18 OVERRIDE_REJECTED HolmesGPT 0.45 has no toolsets of type "htp"; did you mean "http"?'],
      ],
      [
        'the removal of a required key',
        'toolsets:\n  grafana/loki:\n    config:\n      api_url: null\n',
        [
          '4:7 OVERRIDE_REJECTED HolmesGPT 0.45 fails it without config.api_url; add it; no discovered backend provides it',
        ],
      ],
      [
        'enabling a toolset that was not discovered',
        'toolsets:\n  kafka/admin: {enabled: true}\n  argocd/core: {enabled: true}\n',
        [
          '2:16 OVERRIDE_REJECTED HolmesGPT 0.45 fails it without config.clusters; add it; no discovered backend provides it',
        ],
      ],
      [
        'nothing for a disabled toolset, whatever else it contains',
        'toolsets:\n  grafana/loki: {enabled: false, nonsense: 1}\n',
        [],
      ],
      [
        'enabling a backend that requires a credential, without one',
        'toolsets:\n  grafana/dashboards:\n    enabled: true\n    config: {timeout_seconds: 5}\n',
        [`3:5 OVERRIDE_REJECTED enables what the consumer would only fail; ${lacking}`],
      ],
      [
        'nothing for enabling it with a credential',
        'toolsets:\n  grafana/dashboards: {enabled: true, config: {api_key: "{{ env.KEY }}"}}\n',
        [],
      ],
      [
        'nothing for enabling it with headers, which may be a login',
        'toolsets:\n  grafana/dashboards: {enabled: true, config: {additional_headers: {X-WEBAUTH-USER: admin}}}\n',
        [],
      ],
      [
        'enabling a backend with an untrusted certificate, even with a credential',
        'toolsets:\n  elasticsearch/data: {enabled: true, config: {api_key: "{{ env.KEY }}"}}\n',
        ['2:24 OVERRIDE_REJECTED enables what the consumer would only fail; elasticsearch/data: a/e serves https'],
      ],
      [
        'nothing for enabling it without verification',
        'toolsets:\n  elasticsearch/data: {enabled: true, config: {verify_ssl: false}}\n',
        [],
      ],
      [
        'an unknown key of an MCP server',
        'mcp_servers:\n  github:\n    config: {url: "https://a", modus: sse}\n',
        ['3:32 CONFIG_KEY_UNKNOWN HolmesGPT 0.45 silently ignores the key "modus"; did you mean "mode"?'],
      ],
      [
        'a URL beside instances with their own',
        'toolsets:\n  prometheus/metrics:\n    config:\n      prometheus_url: http://mimir\n      instances: [{name: a, prometheus_url: "http://a"}]\n',
        [
          '4:7 CONFIG_KEY_UNKNOWN HolmesGPT 0.45 ignores it: each of the instances beside it has its own; remove it, or set instances: null',
        ],
      ],
      [
        'a built-in toolset that stays off',
        'toolsets:\n  helm/core: {description: mine}\n  kubernetes/logs: {description: mine}\n',
        ['2:3 OVERRIDE_UNUSED HolmesGPT 0.45 leaves it off without enabled: true; add it'],
      ],
      [
        'mistakes in an item of a list, at their lines',
        'toolsets:\n  kafka/admin:\n    config:\n      clusters:\n        - name: a\n          broker: b\n        - name: a\n          brokers: b\n',
        [
          '8:11 CONFIG_KEY_UNKNOWN HolmesGPT 0.45 silently ignores the key "brokers"; did you mean "broker"?',
          '7:11 OVERRIDE_REJECTED HolmesGPT 0.45 fails it without config.clusters.1.broker; add it; no discovered backend provides it',
        ],
      ],
    ];
    for (const [title, text, says] of cases) {
      it(title, () => {
        const said = findings({ 'overrides.yaml': text }).map(
          ({ location, code, message, hint }) =>
            `${String(location.line)}:${String(location.column)} ${code} ${message}; ${hint}`,
        );

        expect(said).to.deep.equal(says);
      });
    }

    it('a data source UID in an override or a patch beside the discovered URL of a store, at its line', () => {
      const files = {
        'overrides.yaml': 'toolsets:\n  grafana/loki:\n    config: {grafana_datasource_uid: loki}\n',
        'patches.yaml':
          '- target: grafana/loki\n  patch: [{op: replace, path: /config/grafana_datasource_uid, value: logs}]\n',
      };
      const said = (names: readonly (keyof typeof files)[]): string[] =>
        findings(Object.fromEntries(names.map((name) => [name, files[name]])))
          .filter(({ code }) => code === 'OVERRIDE_MISDIRECTED')
          .map(({ location, message }) => `${formatLocation(location)} ${message}`);
      const message =
        'HolmesGPT 0.45 would ask a/l below /api/datasources/proxy/uid/, a path of Grafana: it is Loki itself';

      expect(said(['overrides.yaml'])).to.deep.equal([`overrides.yaml:3:14 ${message}`]);
      expect(said(['overrides.yaml', 'patches.yaml'])).to.deep.equal([`patches.yaml:2:63 ${message}`]);
    });

    it('what a patch wrote, at the line of the patch', () => {
      const text = '- target: grafana/loki\n  patch:\n    - {op: add, path: /config/timeout, value: 5}\n';

      const said = findings({ 'patches.yaml': text }).map(
        ({ location, code }) => `${formatLocation(location)} ${code}`,
      );

      expect(said).to.deep.equal(['patches.yaml:3:40 CONFIG_KEY_UNKNOWN']);
    });

    it('a toolset that an earlier release does not have yet', () => {
      const text = 'toolsets:\n  victorialogs: {enabled: true, config: {api_url: "http://a"}}\n';

      expect(findings({ 'overrides.yaml': text }, holmesgpt('0.26'))).to.be.empty;
      expect(findings({ 'overrides.yaml': text }, holmesgpt('0.25')).map(({ hint }) => hint)).to.deep.equal([
        'it is there from 0.26 on',
      ]);
    });

    it('the disabling of a toolset that was not discovered as a note, as it matters once it is', () => {
      const said = findings({ 'overrides.yaml': 'toolsets:\n  kafka/admin: {enabled: false}\n' });

      expect(
        said.map(({ severity, code, location }) => `${severity} ${code} ${formatLocation(location)}`),
      ).to.deep.equal(['note OVERRIDE_UNUSED overrides.yaml:2:3']);
    });

    it('no change of its own that an entry replaces, where it sets the URL and removes the instances', () => {
      const text = 'toolsets:\n  grafana/loki: {config: {instances: null, api_url: "http://a.b.svc"}}\n';

      expect(findings({ 'overrides.yaml': text }).map(({ code }) => code)).to.not.include('OVERRIDE_SHADOWED');
    });

    it('nothing for what was only discovered', () => {
      expect(findings({})).to.be.empty;
    });
  });

  describe('for Kubernaut', () => {
    it('reports a tool without a type or a description', () => {
      const said = findings(
        { 'overrides.yaml': 'shop/api: {endpoint: "http://api.shop.svc", type: ""}\n' },
        kubernautJson,
      ).map(({ location, code, message, hint }) => `${formatLocation(location)} ${code} ${message}; ${hint}`);

      expect(said).to.deep.equal([
        'overrides.yaml:1:1 OVERRIDE_REJECTED has no type, which Kubernaut requires of a tool; add type',
        'overrides.yaml:1:1 OVERRIDE_REJECTED has no description, which Kubernaut requires of a tool; add description',
      ]);
    });

    it('reports nothing for an entry that it may accept', () => {
      expect(findings({ 'overrides.yaml': 'shop: {enabled: true, config: {url: "http://a"}}\n' }, kubernaut)).to.be
        .empty;
    });
  });

  describe('with spec.overrides.conflict', () => {
    const files = {
      'overrides.yaml': 'toolsets:\n  grafana/lokki: null\n  grafana/loki: {enable: false}\n',
    };

    it('set to error fails, and reports each line with its fix', async () => {
      const error = await failure(() => {
        assertNoConflicts(findings(files), 'error');
      });

      expect(error.code).to.equal('OVERRIDE_CONFLICT');
      expect(error.message).to.equal(`overrides.yaml:2:3 removes what is not there; did you mean "grafana/loki"?
overrides.yaml:3:18 HolmesGPT 0.45 rejects a toolset with the key "enable"; did you mean "enabled"?`);
      expect(error.hint).to.equal('fix the lines, or set spec.overrides.conflict: warn in toolset.yaml');
      expect(error.diagnostics).to.have.length(2);
    });

    it('set to error fails with only the first findings in the message', async () => {
      const toolsets = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`own-${String(index)}`, null]));

      const error = await failure(() => {
        assertNoConflicts(findings({ 'overrides.yaml': JSON.stringify({ toolsets }) }), 'error');
      });

      expect(error.message.split('\n').at(-1)).to.equal('and 13 more');
      expect(error.diagnostics).to.have.length(60);
    });

    it('set to warn does not fail', () => {
      assertNoConflicts(findings(files), 'warn');
    });

    it('set to error accepts notes, such as a base that its environment changes', () => {
      const layers = {
        'base.yaml': 'toolsets: {grafana/loki: {config: {timeout_seconds: 5}}}\n',
        'overrides.yaml': 'toolsets: {grafana/loki: {config: {timeout_seconds: 10}}}\n',
      };

      expect(findings(layers).map(({ severity }) => severity)).to.deep.equal(['note']);
      assertNoConflicts(findings(layers), 'error');
    });
  });
});

/** All that is found in Git's files. */
function findings(files: Files, consumer: Consumer = holmesgpt045): readonly FileDiagnostic[] {
  const host = (name: string): Candidate['endpoint'] => ({ ...candidate('a/x').endpoint, host: `${name}.a.svc` });
  const backends = new Map([
    ['grafana/dashboards', candidate('a/grafana', { toolset: 'grafana/dashboards', endpoint: host('g') })],
    ['grafana/loki', candidate('a/l', { toolset: 'grafana/loki', endpoint: { ...host('l'), port: 3100 } })],
    ['elasticsearch/data', candidate('a/e', { toolset: 'elasticsearch/data', endpoint: host('e') })],
  ]);
  const basis: Basis = {
    generated,
    backends: new Map([...backends].map(([name, backend]) => [name, { basis: [backend], others: [] }])),
    isUntrusted: () => false,
  };
  const access = { credentials: {}, isTrusted: () => true, certificates: 'public', clusterDomain: 'svc' } as const;
  const customizations = changesOf(files, consumer);
  const result = customize(basis, generated, { customizations, consumer, access });
  return [...result.findings, ...conflictsOf(basis, result, consumer)];
}
