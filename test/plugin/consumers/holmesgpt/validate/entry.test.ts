import fc from 'fast-check';
import { expect } from 'chai';
import type { Data, DataMap } from '../../../../../plugin/lib/json.ts';
import { validateEntry } from '../../../../../plugin/consumers/holmesgpt/validate/entry.ts';
import type { Section } from '../../../../../plugin/consumers/consumer.ts';
import { anyMap } from '../../../../support/data.ts';

interface Case {
  readonly title: string;
  readonly name?: string;
  readonly section?: Section;
  readonly entry: DataMap;
  readonly minor?: number;
  /** `effect pointer: message; hint`, each. */
  readonly says: readonly string[];
}

const http = { type: 'http', description: 'd' };
const url = { api_url: 'http://a' };

/** Held against the real HolmesGPT: each of these fails, is passed over, or works there as it is said here. */
describe('plugin/consumers/holmesgpt/validate/entry', () => {
  describe('the name', () => {
    const cases: readonly Case[] = [
      { title: 'a known toolset', name: 'kubernetes/core', entry: { enabled: true }, says: [] },
      {
        title: 'a misspelt name',
        name: 'prometeus/metrics',
        entry: { enabled: true },
        says: ['rejected : HolmesGPT 0.45 has no toolset "prometeus/metrics"; did you mean "prometheus/metrics"?'],
      },
      {
        title: 'a name in another case',
        name: 'Grafana/Loki',
        entry: { enabled: true },
        says: ['rejected : HolmesGPT 0.45 has no toolset "Grafana/Loki"; did you mean "grafana/loki"?'],
      },
      {
        title: 'a toolset of later releases',
        name: 'victorialogs',
        entry: { config: url },
        minor: 24,
        says: ['rejected : HolmesGPT 0.24 has no toolset "victorialogs"; it is there from 0.26 on'],
      },
      {
        title: 'a toolset of earlier releases',
        name: 'kubectl-run',
        entry: { enabled: true },
        says: ['ignored : HolmesGPT 0.45 no longer has "kubectl-run", and ignores it; remove it'],
      },
      {
        title: 'the name of a product as its group',
        name: 'loki/logs',
        entry: { config: { loki_url: 'http://a' } },
        says: ['rejected : HolmesGPT 0.45 has no toolset "loki/logs"; did you mean grafana/loki?'],
      },
      {
        title: 'a made-up toolset of a known group',
        name: 'datadog/monitors',
        entry: { enabled: true },
        says: [
          'rejected : HolmesGPT 0.45 has no toolset "datadog/monitors"; it has datadog/general, datadog/logs, datadog/metrics, datadog/traces',
        ],
      },
      {
        title: 'a toolset of one earlier release',
        name: 'aws/security',
        entry: { enabled: true },
        says: ['rejected : HolmesGPT 0.45 has no toolset "aws/security"; it was there in 0.16'],
      },
      { title: 'an old name that is still valid', name: 'runbook', entry: { enabled: true }, says: [] },
      {
        title: 'a custom toolset without a description',
        name: 'runbooks/shop',
        entry: { tools: [] },
        says: [
          'rejected : HolmesGPT 0.45 has no toolset "runbooks/shop"; for one of your own add description, and tools or a type',
        ],
      },
      { title: 'a custom toolset', name: 'runbooks/shop', entry: { description: 'd', tools: [] }, says: [] },
      {
        title: 'a name that every object inherits',
        name: 'toString',
        entry: { enabled: true },
        says: [
          'rejected : HolmesGPT 0.45 has no toolset "toString"; for one of your own add description, and tools or a type',
        ],
      },
      {
        title: 'a toolset that only discovery creates, when nothing was discovered',
        name: 'jaeger/tracing',
        entry: { enabled: true },
        says: [
          'incomplete : HolmesGPT 0.45 fails it without description and type: http; add it; no discovered backend provides it',
        ],
      },
    ];
    runAll(cases);
  });

  describe('the type', () => {
    const cases: readonly Case[] = [
      {
        title: 'a misspelt type',
        entry: { type: 'htp', description: 'd' },
        says: ['rejected /type: HolmesGPT 0.45 has no toolsets of type "htp"; did you mean "http"?'],
      },
      {
        title: 'a type that never existed',
        entry: { type: 'toString', description: 'd' },
        says: [
          'rejected /type: HolmesGPT 0.45 has no toolsets of type "toString"; see its documentation for the types of toolsets',
        ],
      },
      {
        title: 'a type of later releases',
        entry: { type: 'mongodb', description: 'd', config: { connection_url: 'mongodb://a' } },
        minor: 20,
        says: ['rejected /type: HolmesGPT 0.20 has no toolsets of type "mongodb"; it is there from 0.22 on'],
      },
      {
        title: 'an unknown type of a known toolset',
        name: 'grafana/dashboards',
        entry: { type: 'grafana', config: url },
        says: [
          'rejected /type: HolmesGPT 0.45 has no toolsets of type "grafana"; see its documentation for the types of toolsets',
        ],
      },
      {
        title: 'another type of a known toolset, which takes precedence over its name',
        name: 'grafana/dashboards',
        entry: { type: 'http', config: url },
        says: [
          'ignored /config/api_url: HolmesGPT 0.45 silently ignores the key "api_url"; it knows block_internal_ips, client_cert_path, client_key_path, default_headers, endpoints, extra_headers, timeout_seconds, verify_ssl',
          'incomplete /config: HolmesGPT 0.45 fails it without config.endpoints; add it; no discovered backend provides it',
        ],
      },
      {
        title: 'its own type of a known toolset',
        name: 'grafana/dashboards',
        entry: { type: 'built-in', config: url },
        says: [],
      },
      {
        title: 'the type custom with any config',
        entry: { type: 'custom', description: 'd', config: { a: 1 } },
        says: [],
      },
    ];
    runAll(cases);
  });

  describe('keys of the entry', () => {
    const own = { description: 'd' };
    const cases: readonly Case[] = [
      {
        title: 'a misspelt key',
        entry: { ...own, enabeld: true },
        says: ['rejected /enabeld: HolmesGPT 0.45 rejects a toolset with the key "enabeld"; did you mean "enabled"?'],
      },
      {
        title: 'the opposite of enabled',
        entry: { ...own, disabled: true },
        says: [
          'rejected /disabled: HolmesGPT 0.45 rejects a toolset with the key "disabled"; write enabled: false, or enabled: true',
        ],
      },
      {
        title: 'a directive of a strategic merge patch',
        entry: { ...own, $patch: 'delete' },
        says: [
          'rejected /$patch: HolmesGPT 0.45 rejects a toolset with the key "$patch"; to remove the toolset, write null in place of the entry',
        ],
      },
      {
        title: 'the URL of an MCP server among the toolsets',
        name: 'github',
        entry: { ...own, url: 'http://a' },
        says: [
          'rejected /url: HolmesGPT 0.45 rejects a toolset with the key "url"; for an MCP server move the entry to mcp_servers, with url in config',
        ],
      },
      {
        title: 'a setting of the product',
        entry: { ...own, prometheus_url: 'http://a' },
        says: [
          'rejected /prometheus_url: HolmesGPT 0.45 rejects a toolset with the key "prometheus_url"; settings of the product go in config',
        ],
      },
      {
        title: 'part of a key name',
        entry: { ...own, instructions: 'a' },
        says: [
          'rejected /instructions: HolmesGPT 0.45 rejects a toolset with the key "instructions"; did you mean "llm_instructions"?',
        ],
      },
      {
        title: 'a key of later releases',
        entry: { ...own, expose_remotely: true },
        minor: 32,
        says: [
          'rejected /expose_remotely: HolmesGPT 0.32 rejects a toolset with the key "expose_remotely"; it is there from 0.33 on',
        ],
      },
      {
        title: 'a key of earlier releases',
        entry: { ...own, additional_instructions: 'a' },
        says: [
          'rejected /additional_instructions: HolmesGPT 0.45 rejects a toolset with the key "additional_instructions"; it was there from 0.16 to 0.19',
        ],
      },
      {
        title: 'values of the wrong type',
        entry: {
          description: 5,
          enabled: 'maybe',
          llm_instructions: ['a'],
          tags: 'core',
          meta: [],
          prerequisites: 'a',
        },
        name: 'kubernetes/core',
        says: [
          wrong('description', 'a string', 'put it in quotes'),
          wrong('enabled', 'true or false'),
          wrong('llm_instructions', 'a string'),
          wrong('tags', 'a list'),
          wrong('meta', 'a map', 'write it as a map: KEY: VALUE on each line, without dashes'),
          wrong('prerequisites', 'a list'),
        ],
      },
      {
        title: 'values that are converted as intended',
        entry: { ...own, enabled: 'yes', experimental: 0, status_refresh_interval_seconds: '30' },
        says: [],
      },
    ];
    runAll(cases);
  });

  describe('keys of the config', () => {
    const prometheus = 'prometheus/metrics';
    const loki = 'grafana/loki';
    const cases: readonly Case[] = [
      {
        title: 'a misspelt key',
        name: prometheus,
        entry: { config: { prometheus_ulr: 'http://a' } },
        says: [
          'ignored /config/prometheus_ulr: HolmesGPT 0.45 silently ignores the key "prometheus_ulr"; did you mean "prometheus_url"?',
        ],
      },
      {
        title: 'the last word of a key name',
        name: prometheus,
        entry: { config: { url: 'http://a' } },
        says: ['ignored /config/url: HolmesGPT 0.45 silently ignores the key "url"; did you mean "prometheus_url"?'],
      },
      {
        title: 'a key with no similar key',
        name: 'elasticsearch/data',
        entry: { config: { ...url, sniff: true } },
        says: [
          'ignored /config/sniff: HolmesGPT 0.45 silently ignores the key "sniff"; it knows api_key, api_url, client_cert, client_key, password, timeout_seconds, username, verify_ssl, and 1 more',
        ],
      },
      {
        title: 'a key of later releases',
        name: prometheus,
        entry: { config: { prometheus_url: 'http://a', additional_headers: { a: 'b' } } },
        minor: 16,
        says: [
          'ignored /config/additional_headers: HolmesGPT 0.16 silently ignores the key "additional_headers"; write headers, its name in this release',
        ],
      },
      { title: 'an old name that is still valid', name: loki, entry: { config: { url: 'http://a' } }, says: [] },
      {
        title: 'any config for a toolset that takes none',
        name: 'kubernetes/core',
        entry: { config: { a: 1 } },
        says: ['ignored /config: HolmesGPT 0.45 takes no config for it; remove it'],
      },
      {
        title: 'an empty config for a toolset that takes none',
        name: 'kubernetes/core',
        entry: { config: {} },
        says: [],
      },
      {
        title: 'a config that is not a map',
        name: prometheus,
        entry: { config: 'a' },
        says: [wrong('config', 'a map')],
      },
      {
        title: 'a list of several configs',
        name: prometheus,
        entry: { config: [{ prometheus_url: 'http://a' }] },
        says: [
          'rejected /config: HolmesGPT 0.45 fails it: invalid config: expected a map; put several of them in config.instances',
        ],
      },
      {
        title: 'values of the wrong type',
        name: prometheus,
        entry: {
          config: {
            prometheus_url: { a: { b: { c: 1 } } },
            additional_headers: { 'X-Scope-OrgID': 1, b: 'c', d: null },
            query_timeout_seconds_default: 'soon',
            verify_ssl: 'maybe',
          },
        },
        says: [
          wrong('config.additional_headers.X-Scope-OrgID', 'a string', 'put it in quotes'),
          wrong('config.additional_headers.d', 'a string'),
          wrong('config.query_timeout_seconds_default', 'a number'),
          wrong('config.verify_ssl', 'true or false'),
          wrong('config.prometheus_url', 'a string'),
        ],
      },
      {
        title: 'values that are converted as intended',
        name: prometheus,
        entry: {
          config: { query_timeout_seconds_default: '30', verify_ssl: '{{ env.VERIFY }}', prometheus_url: 'http://a' },
        },
        says: [],
      },
      {
        title: 'a reference that HolmesGPT does not expand',
        name: loki,
        entry: { config: { ...url, additional_headers: { Authorization: 'Bearer ${LOKI_TOKEN}' } } },
        says: [
          'ignored /config/additional_headers/Authorization: HolmesGPT 0.45 does not fill in ${LOKI_TOKEN}, and sends it as it is; write {{ env.LOKI_TOKEN }}',
        ],
      },
      {
        title: 'a missing URL',
        name: loki,
        entry: { enabled: true },
        says: [missing('/config', 'config.api_url')],
      },
      { title: 'a missing URL that is not required', name: prometheus, entry: { enabled: true }, says: [] },
    ];
    runAll(cases);
  });

  describe('lists in the config', () => {
    const loki = 'grafana/loki';
    const cases: readonly Case[] = [
      {
        title: 'a list instead of a map',
        name: 'grafana/loki',
        entry: { config: { ...url, additional_headers: [{ name: 'a', value: 'b' }] } },
        says: [
          'rejected /config/additional_headers: HolmesGPT 0.45 fails it: invalid config.additional_headers: expected a map; write it as a map: KEY: VALUE on each line, without dashes',
        ],
      },
      {
        title: 'a map instead of the list of instances',
        name: 'grafana/loki',
        entry: { config: { ...url, instances: { a: url } } },
        says: [
          'rejected /config/instances: HolmesGPT 0.45 fails it: invalid config.instances: expected a list; write it as a list: each instance after a dash, with its name in the key name',
        ],
      },
      {
        title: 'a reference to a Secret as in a Pod',
        name: 'grafana/loki',
        entry: { config: { ...url, api_key: { valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } } } },
        says: [
          'rejected /config/api_key: HolmesGPT 0.45 fails it: invalid config.api_key: expected a string; write "{{ env.NAME }}", and set the variable NAME from the Secret in the environment of HolmesGPT',
        ],
      },
      {
        title: 'a misspelt key in an item',
        name: 'kafka/admin',
        entry: {
          config: {
            clusters: [
              { name: 'a', broker: 'b' },
              { name: 'a', broker: 'b', securty_protocol: 'SSL' },
            ],
          },
        },
        says: [
          'ignored /config/clusters/1/securty_protocol: HolmesGPT 0.45 silently ignores the key "securty_protocol"; did you mean "security_protocol"?',
        ],
      },
      {
        title: 'an item without a required key, and one that is not a map',
        name: 'kafka/admin',
        entry: { config: { clusters: [{ name: 'a' }, 'b'] } },
        says: [missing('/config/clusters/0', 'config.clusters.0.broker'), wrong('config.clusters.1', 'a map')],
      },
      {
        title: 'instances with a URL each',
        name: loki,
        entry: { config: { instances: [{ name: 'a', ...url }] } },
        says: [],
      },
      {
        title: 'instances that share the URL beside them',
        name: loki,
        entry: { config: { ...url, instances: [{ name: 'a', grafana_datasource_uid: 'a' }, { name: 'b' }] } },
        says: [],
      },
      {
        title: 'instances that share a URL under its old name',
        name: loki,
        entry: { config: { url: 'http://a', instances: [{ name: 'a' }] } },
        says: [],
      },
      {
        title: 'an instance without a URL',
        name: loki,
        entry: { config: { instances: [{ name: 'a' }, { name: 'b', ...url }] } },
        says: [missing('/config/instances/0', 'config.instances.0.api_url')],
      },
      {
        title: 'an empty list of instances',
        name: loki,
        entry: { config: { instances: [] } },
        says: [missing('/config', 'config.api_url')],
      },
      {
        title: 'a URL beside instances that have their own',
        name: loki,
        entry: { config: { ...url, instances: [{ name: 'a', ...url }] } },
        says: [
          'ignored /config/api_url: HolmesGPT 0.45 ignores it: each of the instances beside it has its own; remove it, or set instances: null',
        ],
      },
      ...(['prometheus_url', 'api_url'] as const).map((key): Case => ({
        title: `a ${key} beside instances of which one has none`,
        name: key === 'api_url' ? loki : 'prometheus/metrics',
        entry: { config: { [key]: 'http://a', instances: [{ name: 'a', [key]: 'http://b' }, { name: 'b' }] } },
        says: [],
      })),
      {
        title: "Prometheus's URL beside instances that have their own",
        name: 'prometheus/metrics',
        entry: { config: { prometheus_url: 'http://a', instances: [{ name: 'a', prometheus_url: 'http://b' }] } },
        says: [
          'ignored /config/prometheus_url: HolmesGPT 0.45 ignores it: each of the instances beside it has its own; remove it, or set instances: null',
        ],
      },
      {
        title: 'half of a login in an instance, whose other half is beside the list but not inherited',
        name: loki,
        entry: { config: { ...url, password: '{{ env.A }}', instances: [{ name: 'a', username: 'b' }] } },
        says: [
          'incomplete /config/instances/0/username: HolmesGPT 0.45 fails it: username without password; add password, or remove username',
        ],
      },
      {
        title: 'half of a login beside the list, which an instance without a login inherits',
        name: loki,
        entry: {
          config: { ...url, username: 'b', instances: [{ name: 'a' }, { name: 'c', api_key: '{{ env.A }}' }] },
        },
        says: [
          'incomplete /config/instances/0/username: HolmesGPT 0.45 fails it: username without password; add password, or remove username',
        ],
      },
      {
        title: 'instances in a release without them',
        name: loki,
        entry: { config: { ...url, instances: [{ name: 'a', ...url }] } },
        minor: 31,
        says: [
          'ignored /config/instances: HolmesGPT 0.31 silently ignores the key "instances"; it is there from 0.32 on',
        ],
      },
      {
        title: 'an HTTP API without endpoints',
        entry: http,
        says: [missing('/config', 'config.endpoints')],
      },
      {
        title: 'an HTTP API with an empty list of endpoints',
        entry: { ...http, config: { endpoints: [] } },
        says: [missing('/config', 'config.endpoints')],
      },
      {
        title: 'an HTTP API with a misspelt key in its login',
        entry: { ...http, config: { endpoints: [{ hosts: ['a'], auth: { type: 'bearer', tokn: 'x' } }] } },
        says: [
          'ignored /config/endpoints/0/auth/tokn: HolmesGPT 0.45 silently ignores the key "tokn"; did you mean "token"?',
          'incomplete /config/endpoints/0/auth/type: HolmesGPT 0.45 fails it: type bearer without token; add token',
        ],
      },
      {
        title: 'an HTTP API with a host that is not a list',
        entry: { ...http, config: { endpoints: [{ hosts: 'a' }] } },
        says: [wrong('config.endpoints.0.hosts', 'a list')],
      },
    ];
    runAll(cases);
  });

  describe('MCP servers', () => {
    const section = 'mcp_servers';
    const cases: readonly Case[] = [
      {
        title: 'no description in a release that requires it',
        section: 'mcp_servers',
        entry: { config: { url: 'http://a' } },
        minor: 16,
        says: ['incomplete : HolmesGPT 0.16 fails it without description; add it; no discovered backend provides it'],
      },
      {
        title: 'no description in a later release',
        section: 'mcp_servers',
        entry: { config: { url: 'http://a' } },
        minor: 24,
        says: [],
      },
      {
        title: 'an MCP server with a URL',
        section,
        entry: { config: { url: 'http://a', mode: 'streamable-http' } },
        says: [],
      },
      {
        title: 'an MCP server with its URL where older releases have it',
        section,
        entry: { url: 'http://a' },
        says: [],
      },
      {
        title: 'an MCP server that is a program',
        section,
        entry: { config: { mode: 'stdio', command: '/a', args: ['-b'] } },
        says: [],
      },
      {
        title: 'an MCP server without a URL',
        section,
        entry: { description: 'd' },
        says: [missing('/config', 'config.url')],
      },
      {
        title: 'an MCP server without a command',
        section,
        entry: { config: { mode: 'stdio' } },
        says: [missing('/config', 'config.command')],
      },
      {
        title: 'an unknown mode',
        section,
        entry: { config: { url: 'http://a', mode: 'http' } },
        says: [
          'rejected /config/mode: HolmesGPT 0.45 fails it: invalid config.mode "http": expected sse, streamable-http, stdio; take sse, streamable-http, stdio',
        ],
      },
      {
        title: 'a misspelt key in the config',
        section,
        entry: { config: { url: 'http://a', header: {} } },
        says: ['ignored /config/header: HolmesGPT 0.45 silently ignores the key "header"; did you mean "headers"?'],
      },
      {
        title: 'a misspelt key in the entry',
        section,
        entry: { descripton: 'd', config: { url: 'http://a' } },
        says: [
          'rejected /descripton: HolmesGPT 0.45 rejects a toolset with the key "descripton"; did you mean "description"?',
        ],
      },
    ];
    runAll(cases);
  });

  describe('values that the release rejects', () => {
    const bash = (builtin_allowlist: string): DataMap => ({ config: { builtin_allowlist } });
    const database = { type: 'database', description: 'd' };
    const connection_url = 'postgresql://a/b';
    const invalid = (path: string, value: string, expected: string, hint: string): string =>
      `rejected /${path.replaceAll('.', '/')}: HolmesGPT 0.45 fails it: invalid ${path} ${value}: expected ${expected}; ${hint}`;
    const scheme = 'write it with its scheme: http:// or https://, then the host';
    const cases: readonly Case[] = [
      {
        title: 'a token in the wrong place, without repeating it',
        name: 'prometheus/metrics',
        entry: { config: { prometheus_url: 'glsa_DecoyDecoyDecoyDecoyDecoyDecoy12_0a1b2c3d' } },
        says: [
          'rejected /config/prometheus_url: HolmesGPT 0.45 fails it: invalid config.prometheus_url: expected a URL such as http://host:port; ' +
            scheme,
        ],
      },
      { title: 'a known value of an enumeration', name: 'bash', entry: bash('extended'), says: [] },
      {
        title: 'an unknown value of an enumeration',
        name: 'bash',
        entry: bash('full'),
        says: [invalid('config.builtin_allowlist', '"full"', 'none, core, extended', 'take none, core, extended')],
      },
      {
        title: 'a number out of its range',
        entry: { ...database, config: { connection_url, max_rows: 0 } },
        says: [
          invalid(
            'config.max_rows',
            '0',
            'a whole number from 1 to 10000',
            'take one of that range, or remove the key',
          ),
        ],
      },
      {
        title: 'a fraction',
        name: 'grafana/loki',
        entry: { config: { ...url, timeout_seconds: 1.5 } },
        says: [invalid('config.timeout_seconds', '1.5', 'a whole number from 1 on', 'write it without a fraction')],
      },
      {
        title: 'a URL without a scheme',
        name: 'grafana/loki',
        entry: { config: { api_url: 'loki.ns.svc:3100' } },
        says: [invalid('config.api_url', '"loki.ns.svc:3100"', 'a URL such as http://host:port', scheme)],
      },
      {
        title: 'an unknown subtype',
        entry: { ...database, subtype: 'postgres', config: { connection_url } },
        says: [
          'rejected /subtype: HolmesGPT 0.45 fails it: invalid subtype "postgres": expected mysql, postgresql, mssql, sqlite, clickhouse, mariadb, unknown; did you mean "postgresql"?',
        ],
      },
      {
        title: 'any subtype of the built-in database toolset, which only its constructor checks',
        name: 'database/sql',
        entry: { subtype: 'postgres', config: { connection_url } },
        says: [],
      },
      ...['postgres://a/b', 'mysql+pymysql://a/b', 'mssql://a', 'sqlite:///a', 'clickhouse+http://a'].map(
        (text): Case => ({
          title: `a database URL: ${text}`,
          entry: { ...database, config: { connection_url: text } },
          says: [],
        }),
      ),
      ...['redis://a', 'oracle://a/b', 'jdbc:postgresql://a/b', 'PostgreSQL://a/b', 'sqlserver://a', 'http://a'].map(
        (text): Case => ({
          title: `a database URL without a driver: ${text}`,
          entry: { ...database, config: { connection_url: text } },
          says: [
            invalid(
              'config.connection_url',
              JSON.stringify(text),
              'a URL of a database such as postgresql://user:password@host:5432/name',
              'it takes postgresql, mysql, mariadb, mssql, sqlite and clickhouse, in lower case',
            ),
          ],
        }),
      ),
      {
        title: 'an empty MongoDB URL',
        entry: { type: 'mongodb', description: 'd', config: { connection_url: '' } },
        says: [
          invalid(
            'config.connection_url',
            '""',
            'a URL that begins with mongodb:// or mongodb+srv://',
            'write it with that scheme',
          ),
        ],
      },
      {
        title: 'a RabbitMQ timeout of zero',
        name: 'rabbitmq/core',
        entry: { config: { clusters: [{ id: 'a', api_url: 'http://a', timeout_seconds: 0 }] } },
        says: [
          invalid(
            'config.clusters.0.timeout_seconds',
            '0',
            'a whole number from 1 on',
            'take one of that range, or remove the key',
          ),
        ],
      },
      ...[40, 45].map((minor): Case => ({
        title: `an empty New Relic key, in 0.${String(minor)}`,
        minor,
        name: 'newrelic',
        entry: { config: { account_id: '1', instances: [{ api_key: '' }] } },
        says: [
          `rejected /config/instances/0/api_key: HolmesGPT 0.${String(minor)} fails it: invalid config.instances.0.api_key "": expected a string that is not empty; write one, or remove the key`,
        ],
      })),
      {
        title: 'an unknown database subtype that the release ignores',
        minor: 24,
        entry: { ...database, subtype: 'postgres', config: { connection_url } },
        says: [],
      },
      {
        title: 'half of a login',
        name: 'grafana/loki',
        entry: { config: { ...url, username: 'a' } },
        says: [
          'incomplete /config/username: HolmesGPT 0.45 fails it: username without password; add password, or remove username',
        ],
      },
      {
        title: 'two ways to log in',
        name: 'grafana/loki',
        entry: { config: { ...url, api_key: 'a', username: 'b', password: 'c' } },
        says: [
          'rejected /config/username: HolmesGPT 0.45 fails it: username and api_key exclude each other; keep one of the two ways to log in',
        ],
      },
      {
        title: 'a login for one instance beside another for all instances',
        name: 'grafana/loki',
        entry: {
          config: { api_key: 'a', instances: [{ ...url, name: 'b', username: 'b', password: 'c' }] },
        },
        says: [],
      },
      {
        title: 'an unknown tag',
        name: 'helm/core',
        entry: { tags: ['server'] },
        says: [
          'rejected /tags/0: HolmesGPT 0.45 fails it: invalid tags.0 "server": expected core, cluster, cli; take core, cluster, cli',
        ],
      },
      {
        title: 'a tool without a description',
        entry: { description: 'd', tools: [{ name: 'a', command: 'true' }] },
        says: ['rejected /tools/0: HolmesGPT 0.45 fails it: tools.0 without description; add description'],
      },
      {
        title: 'a shell variable with a default',
        name: 'grafana/loki',
        entry: { config: { ...url, api_key: '${KEY:-none}' } },
        says: [
          'ignored /config/api_key: HolmesGPT 0.45 does not fill in ${KEY…}, and sends it as it is; write {{ env.KEY }}, which has no default: set the variable',
        ],
      },
      {
        title: 'a placeholder that was not replaced',
        name: 'grafana/loki',
        entry: { config: { ...url, api_key: '<your key>' } },
        says: ['ignored /config/api_key: HolmesGPT 0.45 takes <your key> as it is; write the intended value instead'],
      },
      {
        title: 'an old name beside the new one',
        name: 'grafana/loki',
        entry: { config: { ...url, url: 'http://b' } },
        says: ['ignored /config/url: HolmesGPT 0.45 ignores it: api_url beside it is its new name; remove it'],
      },
      {
        title: 'an old name that works because the override removes the new one',
        name: 'grafana/loki',
        entry: { config: { api_url: null, url: 'http://b' } },
        says: [],
      },
    ];
    runAll(cases);
  });

  describe('toolsets that a server leaves out or that are off', () => {
    const leftOut = 'HolmesGPT 0.45 leaves it out on a server: its tag is cli';
    const cases: readonly Case[] = [
      {
        title: 'a command-line toolset',
        name: 'cilium/core',
        entry: { enabled: true },
        says: [`rejected : ${leftOut}; remove it; with tags: [core] a server takes it, if it has its commands`],
      },
      {
        title: 'a command-line toolset with the tags of a server',
        name: 'cilium/core',
        entry: { enabled: true, tags: ['core'] },
        says: [],
      },
      { title: 'a disabled command-line toolset', name: 'docker/core', entry: { enabled: false }, says: [] },
      {
        title: 'a command-line toolset with a tag of a server beside its own',
        name: 'cilium/core',
        entry: { enabled: true, tags: ['cli', 'core'] },
        says: [],
      },
      {
        title: 'a toolset of its own without a tag',
        entry: { description: 'd', tools: [], tags: [] },
        says: ['rejected /tags: HolmesGPT 0.45 leaves it out on a server: it has no tag; remove tags, or add core'],
      },
      {
        title: 'settings of a command-line toolset that nothing enables',
        name: 'cilium/core',
        entry: { config: {} },
        says: [],
      },
      {
        title: 'a wrong value in spite of an empty list of prerequisites',
        name: 'prometheus/metrics',
        entry: { prerequisites: [], config: { prometheus_url: 5 } },
        says: [
          'rejected /config/prometheus_url: HolmesGPT 0.45 fails it: invalid config.prometheus_url: expected a string; put it in quotes',
        ],
      },
      {
        title: 'only ignored keys beside prerequisites of its own',
        name: 'grafana/loki',
        entry: { prerequisites: [{ env: ['A'] }], config: { api_url: 5, api_ulr: 'a' } },
        says: ['ignored /config/api_ulr: HolmesGPT 0.45 silently ignores the key "api_ulr"; did you mean "api_url"?'],
      },
      {
        title: 'the later name of a toolset in a release before it',
        name: 'skills',
        entry: { enabled: true },
        minor: 16,
        says: ['rejected : HolmesGPT 0.16 has no toolset "skills"; write runbook, its name in this release'],
      },
      {
        title: 'an unknown toolset that is off, before 0.26',
        name: 'nosuch',
        entry: { enabled: false },
        minor: 25,
        says: [],
      },
      {
        title: 'an unknown toolset that is off, since 0.26',
        name: 'nosuch',
        entry: { enabled: false },
        minor: 26,
        says: [
          'rejected : HolmesGPT 0.26 has no toolset "nosuch"; for one of your own add description, and tools or a type',
        ],
      },
      {
        title: 'a wrong key of a known toolset that is off, before 0.26',
        name: 'grafana/loki',
        entry: { enabled: false, tools: 5 },
        minor: 25,
        says: [
          'rejected /tools: HolmesGPT 0.25 fails it: invalid tools: expected a list; correct the value, or remove it',
        ],
      },
      {
        title: 'command-line tags of another toolset',
        name: 'helm/core',
        entry: { enabled: true, tags: ['cli'] },
        says: [`rejected /tags: ${leftOut}; remove tags, or add core`],
      },
      {
        title: 'a disabled unknown toolset, which is shown as failed',
        name: 'kubernetes/krew-extras',
        entry: { enabled: false },
        says: ['rejected : HolmesGPT 0.45 has no toolset "kubernetes/krew-extras"; it was there from 0.16 to 0.42'],
      },
      {
        title: 'a disabled unknown toolset in a release that does not show it',
        name: 'nothing',
        entry: { enabled: false },
        minor: 25,
        says: [],
      },
      { title: 'a disabled toolset that was removed', name: 'kubectl-run', entry: { enabled: false }, says: [] },
      {
        title: 'tools in a built-in toolset, which abort loading the file',
        name: 'helm/core',
        entry: { tools: [{ name: 'a', description: 'd', command: 'true' }] },
        minor: 24,
        says: [
          'rejected /tools: HolmesGPT 0.24 does not load the file: tools in a built-in toolset; give it a name of its own, with a description',
        ],
      },
    ];
    runAll(cases);
  });

  describe('what users probably meant', () => {
    const cases: readonly Case[] = [
      {
        title: 'a config beside the toolsets instead of in one',
        name: 'config',
        entry: { prometheus_url: 'http://a' },
        says: [
          'rejected /prometheus_url: HolmesGPT 0.45 rejects a toolset with the key "prometheus_url"; settings of the product go in config',
          'rejected : HolmesGPT 0.45 has no toolset "config"; indent it further: it is beside the toolsets, and belongs in one',
        ],
      },
      ...[{ name: 'grafana/loki' }, { name: 'prometheus/metrics', key: 'prometheus_url' }].map(
        ({ name, key = 'api_url' }): Case => ({
          title: `a URL beside the config of ${name}`,
          name,
          entry: { enabled: true, url: 'http://a', config: { [key]: 'http://b' } },
          says: [`ignored /url: HolmesGPT 0.45 silently ignores a URL beside config; move it into config, as ${key}`],
        }),
      ),
      {
        title: 'a config key beside the config',
        name: 'grafana/loki',
        entry: { config: url, timeout_seconds: 5 },
        says: [
          'rejected /timeout_seconds: HolmesGPT 0.45 rejects a toolset with the key "timeout_seconds"; move it into config',
        ],
      },
      {
        title: 'a key of the entry inside its config',
        name: 'prometheus/metrics',
        entry: { config: { prometheus_url: 'http://a', subtype: 'prometheus' } },
        says: [
          'ignored /config/subtype: HolmesGPT 0.45 silently ignores the key "subtype"; it goes beside config, not in it',
        ],
      },
      {
        title: 'the common prefix of several names',
        name: 'grafana',
        entry: { enabled: true },
        says: [
          'rejected : HolmesGPT 0.45 has no toolset "grafana"; did you mean grafana/dashboards, grafana/loki, grafana/tempo?',
        ],
      },
      {
        title: 'a command beside the config of an MCP server',
        section: 'mcp_servers',
        entry: { command: 'npx' },
        says: [
          'rejected /command: HolmesGPT 0.45 rejects a toolset with the key "command"; move it into config, with mode: stdio beside it',
          'incomplete /config: HolmesGPT 0.45 fails it without config.url; add it; no discovered backend provides it',
        ],
      },
      {
        title: 'a key of earlier releases that is ignored',
        section: 'mcp_servers',
        entry: { restricted_tools: ['a'], config: { url: 'http://a' } },
        says: [],
      },
    ];
    runAll(cases);
  });

  describe('values that the code reads differently from its classes', () => {
    const instances = (...names: readonly Data[]): DataMap => ({
      config: { instances: names.map((name) => ({ ...url, name })) },
    });
    const certificate = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64');
    const kafka = (more: DataMap): DataMap => ({ config: { clusters: [{ name: 'a', broker: 'a:9092', ...more }] } });
    const wiki = { api_url: 'https://wiki', api_key: 'k' };
    const cases: readonly Case[] = [
      ...[{}, [], 0, '', false].map((nothing) => ({
        title: `instances that count as empty: ${JSON.stringify(nothing)}`,
        name: 'grafana/loki',
        entry: { config: { ...url, instances: nothing } },
        says: [],
      })),
      {
        title: 'a pair beside an empty list of instances',
        name: 'elasticsearch/data',
        entry: { config: { ...url, client_cert: '/c', instances: [] } },
        says: [
          'incomplete /config/client_cert: HolmesGPT 0.45 fails it: client_cert without client_key; add client_key, or remove client_cert',
        ],
      },
      {
        title: 'two instances with the same name',
        name: 'grafana/loki',
        entry: instances('a', 'b', 'a'),
        says: [
          'rejected /config/instances/2/name: HolmesGPT 0.45 fails it: two instances with the name "a"; give it another name',
        ],
      },
      { title: 'a single instance with a number as its name', name: 'grafana/loki', entry: instances(5), says: [] },
      {
        title: 'a number as the name of one of several instances',
        name: 'grafana/loki',
        entry: instances('a', 5),
        says: [
          'ignored /config/instances/1/name: HolmesGPT 0.45 never finds the instance 5: it is asked for by a string; put it in quotes',
        ],
      },
      {
        title: 'a list as the name of an instance',
        name: 'grafana/loki',
        entry: instances(['a']),
        says: [
          'rejected /config/instances/0/name: HolmesGPT 0.45 fails it: invalid config.instances.0.name: expected a string; correct the value, or remove it',
        ],
      },
      {
        title: 'an old key in an instance when its new name is beside the list',
        name: 'grafana/tempo',
        entry: { config: { ...url, instances: [{ name: 'a', url: 5 }] } },
        says: [
          'ignored /config/instances/0/url: HolmesGPT 0.45 ignores it: api_url beside it is its new name; remove it',
        ],
      },
      {
        title: 'an old list key that became a single value, by its last item',
        name: 'datadog/logs',
        entry: { config: { api_key: 'k', app_key: 'k', api_url: 'https://a', storage_tiers: ['indexes', 'text'] } },
        says: [
          'rejected /config/storage_tiers/1: HolmesGPT 0.45 fails it: invalid config.storage_tiers.1 "text": expected indexes, online-archives, flex; take indexes, online-archives, flex',
        ],
      },
      {
        title: 'the same key with an empty list',
        name: 'datadog/logs',
        entry: { config: { api_key: 'k', app_key: 'k', api_url: 'https://a', storage_tiers: [] } },
        says: [],
      },
      {
        title: 'an empty list that requires an item',
        name: 'datadog/logs',
        minor: 24,
        entry: { config: { api_key: 'k', app_key: 'k', api_url: 'https://a', storage_tiers: [] } },
        says: [
          'rejected /config/storage_tiers: HolmesGPT 0.24 fails it: config.storage_tiers is empty; add one, or remove the list',
        ],
      },
      ...['1e3', ' 5 ', '1_000', '.5', 'inf'].map((text) => ({
        title: `a number in Python's notation: ${JSON.stringify(text)}`,
        name: 'connectivity_check',
        entry: { config: { probe_window_seconds: text } },
        says: [],
      })),
      ...['.', '5.', '1e3'].map((text) => ({
        title: `a value that is not a whole number: ${JSON.stringify(text)}`,
        name: 'elasticsearch/data',
        entry: { config: { ...url, timeout_seconds: text } },
        says:
          text === '.'
            ? [
                'rejected /config/timeout_seconds: HolmesGPT 0.45 fails it: invalid config.timeout_seconds: expected a number; correct the value, or remove it',
              ]
            : [
                `rejected /config/timeout_seconds: HolmesGPT 0.45 fails it: invalid config.timeout_seconds ${JSON.stringify(text)}: expected a whole number; write it without a fraction`,
              ],
      })),
      {
        title: 'a New Relic account that is not a number',
        name: 'newrelic',
        entry: { config: { account_id: 'text', api_key: 'k' } },
        says: [
          'rejected /config/account_id: HolmesGPT 0.45 fails it: invalid config.account_id "text": expected a number, in quotes; write digits alone',
        ],
      },
      {
        title: 'a Kafka certificate without its key',
        name: 'kafka/admin',
        entry: kafka({ ssl_client_cert: certificate }),
        says: [
          'incomplete /config/clusters/0: HolmesGPT 0.45 fails it: ssl_client_cert without ssl_client_key; add ssl_client_key',
        ],
      },
      {
        title: 'a Kafka certificate and its key from different sources',
        name: 'kafka/admin',
        entry: kafka({ ssl_client_cert: certificate, ssl_client_key_path: '/k' }),
        says: [],
      },
      ...[
        ['text', {}, false],
        ['text', { security_protocol: 'PLAINTEXT' }, true],
        ['-----BEGIN CERTIFICATE-----', { security_protocol: 'PLAINTEXT' }, false],
        [`${certificate}\n`, {}, false],
        [Buffer.from('-----BEGIN PRIVATE KEY-----').toString('base64'), {}, false],
        [certificate, { security_protocol: 'SSL' }, true],
        ['{{ env.CA }}', {}, true],
        ['text', { ssl_ca_cert_path: '/ca' }, true],
        ['', {}, true],
      ].map(([ca, more, isTaken]) => ({
        title: `the Kafka CA ${JSON.stringify(ca).slice(0, 40)} beside ${JSON.stringify(more)}`,
        name: 'kafka/admin',
        entry: kafka({ ssl_ca_cert: ca as string, ...(more as DataMap) }),
        says: isTaken
          ? []
          : [
              'rejected /config/clusters/0/ssl_ca_cert: HolmesGPT 0.45 fails it: invalid config.clusters.0.ssl_ca_cert: expected base64 of a certificate in PEM, in one line; write what base64 -w0 prints of the file, or name the file under ssl_ca_cert_path',
            ],
      })),
      {
        title: 'an invalid Kafka key, without repeating it',
        name: 'kafka/admin',
        entry: kafka({ ssl_client_cert: certificate, ssl_client_key: 'hunter2' }),
        says: [
          'rejected /config/clusters/0/ssl_client_key: HolmesGPT 0.45 fails it: invalid config.clusters.0.ssl_client_key: expected base64 of a private key in PEM, in one line; write what base64 -w0 prints of the file, or name the file under ssl_client_key_path',
        ],
      },
      {
        title: 'a missing or empty New Relic account, which the class of 0.16 accepts',
        name: 'newrelic',
        minor: 16,
        entry: { config: { nr_account_id: '' } },
        says: [
          'rejected /config/nr_account_id: HolmesGPT 0.16 fails it: invalid config.nr_account_id "": expected a string that is not empty; write one, or remove the key',
          'incomplete /config: HolmesGPT 0.16 fails it without config.nr_api_key; add it; no discovered backend provides it',
        ],
      },
      {
        title: 'New Relic without a config in 0.16',
        name: 'newrelic',
        minor: 16,
        entry: {},
        says: [
          'incomplete /config: HolmesGPT 0.16 fails it without config.nr_account_id; add it; no discovered backend provides it',
          'incomplete /config: HolmesGPT 0.16 fails it without config.nr_api_key; add it; no discovered backend provides it',
        ],
      },
      {
        title: 'instructions that are not a text for a disabled HTTP API',
        name: 'own',
        entry: { type: 'http', description: 'x', enabled: false, llm_instructions: 1 },
        says: [],
      },
      {
        title: 'instructions that are not a text for a disabled database',
        name: 'own',
        entry: { type: 'database', description: 'x', enabled: false, llm_instructions: 1 },
        says: [
          'rejected /llm_instructions: HolmesGPT 0.45 fails it: invalid llm_instructions: expected a string; put it in quotes',
        ],
      },
      {
        title: 'an unknown Kafka protocol',
        name: 'kafka/admin',
        entry: kafka({ security_protocol: 'TLS' }),
        says: [
          'rejected /config/clusters/0/security_protocol: HolmesGPT 0.45 fails it: invalid config.clusters.0.security_protocol "TLS": expected PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; use one of them, or remove the key',
        ],
      },
      {
        title: 'SASL without a mechanism, as the driver lacks the default one',
        name: 'kafka/admin',
        entry: kafka({ security_protocol: 'sasl_ssl' }),
        says: [
          'incomplete /config/clusters/0: HolmesGPT 0.45 fails it: sasl_ssl without sasl_mechanism; add sasl_mechanism',
        ],
      },
      {
        title: 'a SASL mechanism in lower case',
        name: 'kafka/admin',
        entry: kafka({ security_protocol: 'SASL_SSL', sasl_mechanism: 'plain', username: 'u', password: 'p' }),
        says: [
          'rejected /config/clusters/0: HolmesGPT 0.45 fails it: its Kafka driver has no sasl_mechanism "plain"; use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER, in capitals',
        ],
      },
      {
        title: 'a SASL login under the old key names',
        name: 'kafka/admin',
        minor: 16,
        entry: {
          config: {
            kafka_clusters: [
              {
                name: 'a',
                kafka_broker: 'a:9092',
                kafka_security_protocol: 'SASL_SSL',
                kafka_sasl_mechanism: 'PLAIN',
                kafka_username: 'u',
                kafka_password: 'p',
              },
            ],
          },
        },
        says: [],
      },
      {
        title: 'a Confluence access token',
        name: 'confluence',
        entry: { config: { ...wiki, auth_type: 'Bearer' } },
        says: [],
      },
      {
        title: 'a Confluence password without a user',
        name: 'confluence',
        entry: { config: wiki },
        says: ['incomplete /config: HolmesGPT 0.45 fails it: config without user; add user'],
      },
      {
        title: 'Notion without its login header',
        name: 'notion',
        entry: { config: { additional_headers: {} } },
        says: [
          'incomplete /config: HolmesGPT 0.45 fails it: config without additional_headers; add additional_headers',
        ],
      },
      {
        title: 'an empty Coralogix key',
        name: 'coralogix',
        entry: { config: { api_key: '', domain: 'eu2.coralogix.com' } },
        says: [
          'rejected /config/api_key: HolmesGPT 0.45 fails it: invalid config.api_key "": expected a string that is not empty; write one, or remove the key',
        ],
      },
      {
        title: 'a config that is not read because its own prerequisites replace those that read it',
        name: 'elasticsearch/data',
        entry: { prerequisites: [{ env: ['A'] }], config: { ...url, client_key: '/k' } },
        says: [],
      },
      ...[
        { mode: 'sse', url: 'http://a', args: 'text', env: 5 },
        { mode: 'stdio', command: 'npx', url: 5, headers: 'text' },
      ].map((config) => ({
        title: `keys that an MCP server of mode ${config.mode} does not have`,
        section: 'mcp_servers' as const,
        entry: { config },
        says: [],
      })),
      {
        title: "an invalid key of an MCP server's own mode",
        section: 'mcp_servers',
        entry: { config: { mode: 'stdio', command: 'npx', args: 'text' } },
        says: [
          'rejected /config/args: HolmesGPT 0.45 fails it: invalid config.args: expected a list; correct the value, or remove it',
        ],
      },
      {
        title: 'keys of an AWS or Azure login that is not selected',
        name: 'prometheus/metrics',
        entry: { config: { prometheus_url: 'http://a', aws_access_key: 5, azure_resource: [], azure_tenant_id: 5 } },
        says: [],
      },
      {
        title: 'an AWS key when a region selects AWS',
        name: 'prometheus/metrics',
        entry: { config: { prometheus_url: 'http://a', aws_access_key: 5, aws_region: 'eu-west-1' } },
        says: [
          'rejected /config/aws_access_key: HolmesGPT 0.45 fails it: invalid config.aws_access_key: expected a string; put it in quotes',
        ],
      },
      {
        title: 'an old Coralogix key',
        name: 'coralogix',
        entry: { config: { api_key: 'k', domain: 'eu2.coralogix.com', team_hostname: 't' } },
        says: [],
      },
    ];
    runAll(cases);
  });

  describe('references', () => {
    const unfilled = (what: string, name: string): string =>
      `ignored /config/api_key: HolmesGPT 0.45 does not fill in ${what}, and sends it as it is; write {{ env.${name} }}`;
    const impossible = (pointer: string, name: string): string =>
      `rejected ${pointer}: HolmesGPT 0.45 fails it: {{ env.${name} … }} does not name a variable; write {{ env.${name} }}: it takes no filter and no default`;
    const taken = ['{{env.X}}', 'Bearer {{ env.X }}', '{{  env.MY-VAR  }}{{ env.my.var }}', '$ConnectionString', 'a$1'];
    const sent: readonly (readonly [text: string, says: string])[] = [
      ['{{ KEY }}', unfilled('{{ KEY }}', 'KEY')],
      ['{{ ENV.KEY }}', unfilled('{{ ENV.KEY }}', 'KEY')],
      ['{{ .Env.KEY }}', unfilled('{{ .Env.KEY }}', 'KEY')],
      ['{{- env.KEY -}}', unfilled('{{- env.KEY -}}', 'KEY')],
      ['{{ env["KEY"] }}', unfilled('{{ KEY … }}', 'KEY')],
      ['{{ .Values.key }}', unfilled('{{ .Values.key }}', 'NAME')],
      ['{{ "written here" }}', unfilled('{{ NAME … }}', 'NAME')],
      ['{{ env.KEY }', unfilled('{{ env.KEY }', 'KEY')],
      ['{ env.KEY }', unfilled('{ env.KEY }', 'KEY')],
      ['Bearer $KEY', unfilled('$KEY', 'KEY')],
      ['$(KEY)', unfilled('$(KEY)', 'KEY')],
      [
        '${{ env.KEY }}',
        'ignored /config/api_key: HolmesGPT 0.45 fills in {{ env.X }}, and sends the $ before it; remove the $',
      ],
      [
        '<path:secret/data/grafana#key>',
        'ignored /config/api_key: HolmesGPT 0.45 takes <path:secret/data/grafana#key> as it is; write the intended value instead',
      ],
      ['{{ env.KEY | default("none") }}', impossible('/config/api_key', 'KEY')],
      ['{{ env. }}', impossible('/config/api_key', 'NAME')],
    ];
    const loki = (text: string): DataMap => ({ config: { ...url, api_key: text } });
    const server = { description: 'd' };
    const header = (text: string): DataMap => ({ 'X-Tenant': text });
    const ofRequest = "{{ request_context.headers['X-Tenant'] | default('a') }}";
    const cases: readonly Case[] = [
      ...taken.map((text): Case => ({ title: text, name: 'grafana/loki', entry: loki(text), says: [] })),
      ...sent.map(([text, says]): Case => ({ title: text, name: 'grafana/loki', entry: loki(text), says: [says] })),
      {
        title: 'an invalid reference in texts beside the config',
        entry: {
          description: '{{ env.A or "b" }}',
          llm_instructions: 'Ask {{ tool }}, {{ env.B | upper }}',
          tools: [],
        },
        says: [impossible('/description', 'A'), impossible('/llm_instructions', 'B')],
      },
      {
        title: 'an invalid reference in a disabled toolset, which is still shown as failed',
        name: 'grafana/loki',
        entry: { ...loki('{{ env.KEY | trim }}'), enabled: false },
        says: [impossible('/config/api_key', 'KEY')],
      },
      {
        title: 'headers of an MCP server that only extra_headers could render for each request',
        section: 'mcp_servers',
        entry: { config: { url: 'http://a', mode: 'streamable-http', headers: header(ofRequest) } },
        says: [
          'ignored /config/headers/X-Tenant: HolmesGPT 0.45 does not fill in {{ request_context … }}, and sends it as it is; move it to extra_headers, which it fills in for each request',
        ],
      },
      {
        title: 'endpoint headers that are rendered for each request',
        entry: { ...http, config: { endpoints: [{ hosts: ['a'] }], extra_headers: header(ofRequest) } },
        says: [],
      },
      {
        title: 'MCP server headers that are rendered for each request, with filters',
        section: 'mcp_servers',
        entry: { ...server, config: { url: 'http://a', extra_headers: header("{{ env.X | default('a') }}") } },
        says: [],
      },
      {
        title: 'commands, which have their own variables',
        section: 'mcp_servers',
        entry: { ...server, config: { mode: 'stdio', command: 'a', args: ['--format={{ .Name }}', '${HOME}'] } },
        says: [],
      },
      {
        title: 'command prefixes',
        name: 'bash',
        entry: { config: { allow: ['echo ${HOME}', "docker inspect --format '{{ .State }}'"] } },
        says: [],
      },
      {
        title: 'a reference beside command prefixes',
        name: 'bash',
        entry: { config: { builtin_allowlist: '{{ ENV.LIST }}' } },
        says: [
          'ignored /config/builtin_allowlist: HolmesGPT 0.45 does not fill in {{ ENV.LIST }}, and sends it as it is; write {{ env.LIST }}',
        ],
      },
    ];
    runAll(cases);

    it('reveals no part of a default value, nor a name that looks like a token', () => {
      const token = 'glsa_0123456789abcdefABCDEF';
      const texts = ['${KEY:-TOKEN}', '{{ env.KEY | default("TOKEN") }}', '{{ "TOKEN" }}', '{{ TOKEN }}', '<TOKEN>'];
      const all = texts.flatMap((text) =>
        validateEntry('toolsets', 'grafana/loki', loki(text.replace('TOKEN', token)), 45),
      );

      expect(all).to.have.length(texts.length);
      expect(JSON.stringify(all)).to.not.include(token);
    });

    // Each of these patterns once took the square of the length, or its cube: minutes for such a text.
    it('searches texts of 100,000 repeated fragments', () => {
      const texts = ['${a', '{{ env.', '{{ ', '$(A', '<a', 'a:'].map((one) => `${one.repeat(100_000)}\n:b`);
      const issues = texts.map((text) =>
        validateEntry(
          'toolsets',
          'own',
          { ...http, config: { default_headers: { a: text }, endpoints: [{ hosts: [text] }] } },
          45,
        ),
      );

      expect(issues).to.have.length(texts.length);
    });
  });

  describe('URLs with a path of the product', () => {
    const says = (name: string, value: string): readonly string[] =>
      validateEntry(
        'toolsets',
        name,
        { enabled: true, config: { [name.startsWith('prom') ? 'prometheus_url' : 'api_url']: value } },
        45,
      )
        .filter(({ effect }) => effect === 'misdirected')
        .map(({ hint }) => hint);
    const cases: readonly (readonly [string, string, string | null])[] = [
      ['prometheus/metrics', 'http://p.ns.svc:9090/graph', 'write http://p.ns.svc:9090'],
      ['prometheus/metrics', 'http://p.ns.svc:9090/prometheus/api/v1/query/', 'write http://p.ns.svc:9090/prometheus'],
      ['prometheus/metrics', 'https://a:b@p.ns.svc/graph', 'write the URL without it'],
      ['grafana/loki', 'http://l.ns.svc:3100/loki/api/v1/push', 'write http://l.ns.svc:3100'],
      ['grafana/tempo', 'http://t.ns.svc:3200/api/search', 'write http://t.ns.svc:3200'],
      ['grafana/dashboards', 'https://g.example.com/d/abc/overview?orgId=1', 'write https://g.example.com'],
      ['elasticsearch/data', 'https://e.ns.svc:9200/_cat/indices', 'write https://e.ns.svc:9200'],
      ...['targets', '-/ready', '-/healthy', 'api/v1'].map(
        (page) => ['prometheus/metrics', `http://p/x/${page}`, 'write http://p/x'] as const,
      ),
      ['grafana/loki', 'http://l/ready', 'write http://l'],
      ...['ready', 'v1/traces', 'api/echo', 'api/traces/1'].map(
        (page) => ['grafana/tempo', `http://t/${page}`, 'write http://t'] as const,
      ),
      ...['explore', 'login', 'api/health', 'api/search', 'api/datasources'].map(
        (page) => ['grafana/dashboards', `http://g/${page}#a`, 'write http://g'] as const,
      ),
      ...['_search', '_cluster/health'].map(
        (page) => ['elasticsearch/cluster', `http://e/logs/${page}`, 'write http://e/logs'] as const,
      ),
      ['prometheus/metrics', 'http://p/graph/team/graph', 'write http://p/graph/team'],
      ['prometheus/metrics', 'http://p/graph/team', null],
      ['prometheus/metrics', 'http://p/paragraph', null],
      ['grafana/tempo', 'http://t/api/tracesmith', null],
      ['prometheus/metrics', 'https://g.example.com/api/datasources/proxy/uid/prom', null],
      ['prometheus/metrics', 'http://vm.ns.svc:8481/select/0/prometheus', null],
      ['grafana/dashboards', 'https://example.com/grafana/', null],
      ['grafana/loki', 'http://l.ns.svc/{{ env.X }}', null],
    ];
    for (const [name, value, hint] of cases) {
      it(`${hint === null ? 'accepts' : 'reports'} ${value} of ${name}`, () => {
        expect(says(name, value)).to.deep.equal(hint === null ? [] : [hint]);
      });
    }

    it('reports the URL of an instance at its place', () => {
      const config = { instances: [{ name: 'a', prometheus_url: 'http://a/targets' }] };

      const found = validateEntry('toolsets', 'prometheus/metrics', { config }, 45);

      expect(found.map(({ path, message }) => [path, message])).to.deep.equal([
        [
          ['config', 'instances', 0, 'prometheus_url'],
          'HolmesGPT 0.45 adds the paths of its requests to config.instances.0.prometheus_url, and nothing answers below a path of the product itself',
        ],
      ]);
    });

    it('accepts such a path where it is no URL of the backend, and in toolsets of no such product', () => {
      const config = { url: 'http://a/targets', ca_bundle: 'http://a/targets' };

      const found = [
        validateEntry('toolsets', 'prometheus/metrics', { config: { ...config, url: null } }, 45),
        validateEntry('mcp_servers', 'own', { description: 'a', config }, 45),
      ];

      expect(found.flat().filter(({ effect }) => effect === 'misdirected')).to.deep.equal([]);
    });
  });

  describe('values that are sent in a header', () => {
    const says = (path: string): string =>
      `rejected /${path.replaceAll('.', '/')}: HolmesGPT 0.45 fails each of its requests: ${path} is sent in a header, as one line without a space in front; write it in one line, in quotes, or as a block with |- in place of |`;
    const auth = (token: string): DataMap => ({ endpoints: [{ hosts: ['a'], auth: { type: 'bearer', token } }] });
    const server = { description: 'd' };
    runAll([
      {
        title: 'a key from a block scalar, which ends with a newline',
        name: 'grafana/loki',
        entry: { config: { ...url, api_key: '{{ env.KEY }}\n' } },
        says: [says('config.api_key')],
      },
      {
        title: 'a key with a newline in one instance',
        name: 'victorialogs',
        entry: { config: { instances: [{ name: 'a', ...url, bearer_token: 'a\n' }] } },
        says: [says('config.instances.0.bearer_token')],
      },
      {
        title: 'an endpoint token with a newline',
        entry: { ...http, config: auth('{{ env.TOKEN }}\n') },
        says: [says('config.endpoints.0.auth.token')],
      },
      {
        title: 'a header of two lines, or with a leading space',
        name: 'prometheus/metrics',
        entry: { config: { prometheus_url: 'http://a', additional_headers: { A: 'a\nb', B: ' b', C: 'c ' } } },
        says: [says('config.additional_headers.A'), says('config.additional_headers.B')],
      },
      {
        title: 'a header with a newline of an MCP server',
        section: 'mcp_servers',
        entry: { ...server, config: { url: 'http://a', headers: { A: 'Bearer {{ env.A }}\n' } } },
        says: [says('config.headers.A')],
      },
      {
        title: 'a leading space of a key that is sent after an auth scheme',
        name: 'grafana/loki',
        entry: { config: { ...url, api_key: ' a' } },
        says: [],
      },
      {
        title: 'a leading space of a key that is sent on its own',
        name: 'datadog/logs',
        entry: { config: { ...url, api_key: 'a', app_key: ' b' } },
        says: [says('config.app_key')],
      },
      {
        title: 'a newline in a login, or in a value that is not sent as a header',
        name: 'confluence',
        entry: { config: { ...url, user: 'a\n', api_key: 'b\n' } },
        says: [],
      },
    ]);
  });

  describe('host patterns', () => {
    const taken = ['a', '*.a', '*.a.*', 'a:80', 'a: 80', 'a:8_0', 'a:*', 'HTTP://a/x', 'u@a:80', '[::1]:80', 'a:b:c'];
    const refused = [
      '',
      'a.*',
      'a:',
      'a:0',
      'a:65536',
      'a:0x50',
      'a:1e3',
      'ftp://a',
      '[::1',
      '[::1]x',
      '[]:80',
      '://a',
    ];
    const entryOf = (host: string): DataMap => ({ ...http, config: { endpoints: [{ hosts: [host] }] } });
    runAll([
      ...taken.map((host): Case => ({ title: JSON.stringify(host), entry: entryOf(host), says: [] })),
      ...refused.map((host): Case => ({
        title: JSON.stringify(host),
        entry: entryOf(host),
        says: [
          `rejected /config/endpoints/0/hosts/0: HolmesGPT 0.45 fails it: invalid config.endpoints.0.hosts.0 ${JSON.stringify(host)}: expected a host name, host:port or an origin, with *. at most in front; write one such as *.example.com or https://api.example.com:8443`,
        ],
      })),
    ]);
  });

  describe('enabled and disabled toolsets', () => {
    const cases: readonly Case[] = [
      {
        title: 'a text such as no that enables a custom toolset',
        entry: { description: 'd', tools: [], enabled: 'no' },
        says: [
          'ignored /enabled: HolmesGPT 0.45 enables it: for a toolset that is not built in, "no" counts as true; write false, without quotes',
        ],
      },
      {
        title: 'any other text for a custom toolset',
        entry: { description: 'd', tools: [], enabled: 'maybe' },
        says: [],
      },
      {
        title: 'an invalid text for a built-in toolset',
        name: 'helm/core',
        entry: { enabled: 'maybe' },
        says: [
          'rejected /enabled: HolmesGPT 0.45 fails it: invalid enabled: expected true or false; correct the value, or remove it',
        ],
      },
      ...['no', 'False', 'off', 0].map((off) => ({
        title: `the config of a built-in toolset that ${JSON.stringify(off)} disables`,
        name: 'grafana/loki',
        entry: { enabled: off, config: { timeout_seconds: 'text' } },
        says: [],
      })),
      {
        title: 'unknown tags of a disabled command-line toolset',
        name: 'cilium/core',
        entry: { enabled: false, tags: ['server'] },
        says: [],
      },
      {
        title: 'any fault of a disabled command-line toolset',
        name: 'cilium/core',
        entry: { enabled: false, tools: 'a', type: 'nosuch' },
        says: [],
      },
    ];
    runAll(cases);
  });

  it('accepts any entry without throwing, for every release', () => {
    const name = fc.constantFrom(
      'prometheus/metrics',
      'grafana/loki',
      'kafka/admin',
      'jaeger/tracing',
      'own',
      'toString',
    );
    const section = fc.constantFrom<Section>('toolsets', 'mcp_servers');
    const key = fc.constantFrom(
      'config',
      'type',
      'enabled',
      'description',
      'tools',
      'url',
      'instances',
      'clusters',
      'api_url',
    );
    const entry = fc.dictionary(key, fc.oneof(anyMap, fc.jsonValue() as fc.Arbitrary<DataMap>, fc.constant('http')), {
      noNullPrototype: true,
    });

    fc.assert(
      fc.property(section, name, entry, fc.integer({ min: 16, max: 45 }), (where, toolset, data, minor) => {
        const all = validateEntry(where, toolset, { ...data, config: data }, minor);
        return all.every(({ message, hint }) => message.startsWith('HolmesGPT 0.') && hint !== '');
      }),
    );
  });

  it('mentions a release after 0.x without its number', () => {
    const [complaint] = validateEntry('toolsets', 'own', { type: 'x' }, Infinity);

    expect(complaint?.message).to.equal('HolmesGPT has no toolsets of type "x"');
  });
});

function runAll(cases: readonly Case[]): void {
  for (const { title, section = 'toolsets', name = 'own', entry, minor = 45, says } of cases) {
    it(`${says.length === 0 ? 'accepts' : 'reports'} ${title}`, () => {
      const all = validateEntry(section, name, entry, minor).map(
        ({ effect, path, message, hint }) =>
          `${effect} ${path.map((step) => `/${String(step)}`).join('')}: ${message}; ${hint}`,
      );

      expect(all).to.deep.equal(says);
    });
  }
}

function wrong(path: string, type: string, hint = 'correct the value, or remove it'): string {
  const pointer = `/${path.replaceAll('.', '/')}`;
  return `rejected ${pointer}: HolmesGPT 0.45 fails it: invalid ${path}: expected ${type}; ${hint}`;
}

function missing(pointer: string, what: string): string {
  return `incomplete ${pointer}: HolmesGPT 0.45 fails it without ${what}; add it; no discovered backend provides it`;
}
