/**
 * What HolmesGPT takes in its toolset file, by release: read from the library itself, which test/holmesgpt holds it against.
 * `since` and `until` are minor releases of 0.x, the first and the last that has it, each with all its fixes.
 */

/**
 * One key of a `config`. HolmesGPT reads text that looks like one as a number or a boolean, but takes nothing else than
 * text for a string.
 */
export interface ConfigKey {
  readonly since: number;
  readonly until?: number;
  /** Releases in between that do not have it. */
  readonly except?: readonly number[];
  /** The toolset fails without it, unless its old name or all of `instances` carry it. Or the releases that want it. */
  readonly required?: true | readonly [first: number, last: number];
  readonly type: 'string' | 'number' | 'boolean' | 'map' | 'list' | 'any';
  /** Type of the values of a map or a list. */
  readonly of?: 'string' | 'number' | 'boolean' | 'map' | 'list';
  /** Keys of the items of a list, or of a map. */
  readonly items?: Readonly<Record<string, ConfigKey>>;
  /** An old name: the key that took its place. It still counts where that one is missing. */
  readonly replacedBy?: string;
  readonly description?: string;
}

export interface KnownToolset {
  readonly since: number;
  readonly until?: number;
  /** Name in later releases, which still take this one. */
  readonly replacedBy?: string;
  /** First release where it is on unless it is switched off. */
  readonly byDefault?: number;
  /** `null`: it takes none. */
  readonly config: Readonly<Record<string, ConfigKey>> | null;
  /** Any key is passed on. Elsewhere HolmesGPT ignores keys that it does not know, without a word. */
  readonly openConfig?: true;
}

/** One key of an entry. HolmesGPT refuses an entry with any other. */
export interface EntryKey {
  readonly since: number;
  readonly until?: number;
  readonly type: ConfigKey['type'];
}

type Keys = Readonly<Record<string, ConfigKey>>;

/** The releases that this was read from. */
export const oldest = '0.16.4';
export const newest = '0.45.0';

/** The built-in toolset of that name, if this minor release of 0.x has it; an old name that is still taken leads on. */
export function knownToolset(name: string, minor: number): KnownToolset | null {
  const known = Object.hasOwn(toolsets, name) ? toolsets[name] : undefined;
  if (known === undefined) return null;
  if (isIn(known, minor)) return known;
  return known.replacedBy === undefined || minor < known.since ? null : knownToolset(known.replacedBy, minor);
}

/** What stands behind a `type` of own toolsets, if this minor release of 0.x has it. */
export function knownType(type: string, minor: number): KnownToolset | null {
  const known = Object.hasOwn(types, type) ? types[type] : undefined;
  return known !== undefined && isIn(known, minor) ? known : null;
}

/** The keys that a minor release of 0.x takes, as it takes them; `null` where it takes no config. */
export function configKeys({ config }: KnownToolset, minor: number): Keys | null {
  const keys = config && keysIn(config, minor);
  return keys && Object.keys(keys).length > 0 ? keys : null;
}

function keysIn(keys: Keys, minor: number): Keys {
  return Object.fromEntries(
    Object.entries(keys)
      .filter(([, key]) => isIn(key, minor))
      .map(([name, key]) => [name, keyIn(keys, key, minor)]),
  );
}

function keyIn(keys: Keys, { required, items, replacedBy, ...key }: ConfigKey, minor: number): ConfigKey {
  const successor = replacedBy === undefined ? undefined : keys[replacedBy];
  const isOld = successor !== undefined && isIn(successor, minor);
  const isRequired = required === true || (required !== undefined && required[0] <= minor && minor <= required[1]);
  return {
    ...key,
    ...(isRequired && !isOld ? { required: true } : {}),
    ...(isOld && replacedBy !== undefined ? { replacedBy } : {}),
    ...(items === undefined ? {} : { items: keysIn(items, minor) }),
  };
}

function isIn({ since, until, except }: Pick<ConfigKey, 'since' | 'until' | 'except'>, minor: number): boolean {
  return since <= minor && minor <= (until ?? minor) && !except?.includes(minor);
}

/** What an instance has besides the keys of its toolset. */
const named: Keys = {
  name: { since: 31, type: 'string', description: 'What the model calls it' },
};

/** Keys of everything that speaks PromQL. */
const prometheus: Keys = {
  additional_headers: { since: 20, type: 'map', of: 'string', description: 'HTTP headers of every request' },
  additional_labels: { since: 16, type: 'map', of: 'string', description: 'Label matchers put into every query' },
  default_metadata_time_window_hrs: {
    since: 16,
    except: [18, 19],
    type: 'number',
    replacedBy: 'discover_metrics_from_last_hours',
  },
  default_metadata_timeout_seconds: {
    since: 16,
    except: [18, 19],
    type: 'number',
    replacedBy: 'metadata_timeout_seconds_default',
  },
  default_query_timeout_seconds: {
    since: 16,
    except: [18, 19],
    type: 'number',
    replacedBy: 'query_timeout_seconds_default',
  },
  discover_metrics_from_last_hours: {
    since: 18,
    type: 'number',
    description: 'How far back metrics are looked for, in hours',
  },
  headers: { since: 16, type: 'map', of: 'string', replacedBy: 'additional_headers' },
  max_metadata_timeout_seconds: {
    since: 16,
    except: [18, 19],
    type: 'number',
    replacedBy: 'metadata_timeout_seconds_hard_max',
  },
  max_query_timeout_seconds: {
    since: 16,
    except: [18, 19],
    type: 'number',
    replacedBy: 'query_timeout_seconds_hard_max',
  },
  metadata_timeout_seconds_default: { since: 18, type: 'number', description: 'Time for a request for metadata' },
  metadata_timeout_seconds_hard_max: {
    since: 18,
    type: 'number',
    description: 'The longest time for a request for metadata',
  },
  metrics_labels_time_window_hrs: {
    since: 16,
    except: [18, 19],
    type: 'number',
    replacedBy: 'discover_metrics_from_last_hours',
  },
  prometheus_ssl_enabled: { since: 16, except: [18, 19], type: 'boolean', replacedBy: 'verify_ssl' },
  query_response_size_limit_pct: {
    since: 16,
    type: 'number',
    description: 'Largest answer, in percent of the context',
  },
  query_timeout_seconds_default: { since: 18, type: 'number', description: 'Time for a query that asks for none' },
  query_timeout_seconds_hard_max: {
    since: 18,
    type: 'number',
    description: 'The longest time that a query may ask for',
  },
  rules_cache_duration_seconds: { since: 16, type: 'number', description: 'How long rules are kept' },
  tool_calls_return_data: { since: 16, type: 'boolean', description: 'false hands on summaries only' },
  verify_ssl: { since: 18, type: 'boolean', description: 'false accepts any certificate' },
};

/** Keys of the clouds' own Prometheus. */
const managedPrometheus: Keys = {
  assume_role_arn: { since: 16, type: 'string' },
  aws_access_key: { since: 16, type: 'string' },
  aws_region: { since: 16, type: 'string', description: 'Makes it AWS Managed Prometheus' },
  aws_secret_access_key: { since: 16, type: 'string' },
  aws_service_name: { since: 16, type: 'string' },
  azure_client_id: { since: 18, type: 'string' },
  azure_client_secret: { since: 18, type: 'string' },
  azure_metadata_endpoint: { since: 18, type: 'string' },
  azure_resource: { since: 18, type: 'string' },
  azure_tenant_id: { since: 18, type: 'string' },
  azure_token_endpoint: { since: 18, type: 'string' },
  azure_use_managed_id: { since: 18, type: 'boolean' },
  refresh_interval_seconds: { since: 16, type: 'number' },
};

/** Grafana's keys, which its stores take too: they may stand behind it. */
const grafana: Keys = {
  additional_headers: { since: 20, type: 'map', of: 'string', description: 'HTTP headers of every request' },
  api_key: { since: 16, type: 'string', description: 'Token of a service account' },
  api_url: { since: 20, required: true, type: 'string', description: 'Base URL, without a slash at its end' },
  external_url: { since: 16, type: 'string', description: 'Where people reach it, for links' },
  grafana_datasource_uid: { since: 16, type: 'string', description: 'Goes through Grafana, to this data source' },
  headers: { since: 16, type: 'map', of: 'string', replacedBy: 'additional_headers' },
  healthcheck: { since: 16, until: 17, type: 'string' },
  max_retries: { since: 26, type: 'number', description: 'How often a request is tried' },
  timeout_seconds: { since: 26, type: 'number', description: 'Time for one request' },
  url: { since: 16, required: true, type: 'string', replacedBy: 'api_url' },
  verify_ssl: { since: 18, type: 'boolean', description: 'false accepts any certificate' },
};

const elasticsearch: Keys = {
  api_key: { since: 18, type: 'string', description: 'API key' },
  api_url: { since: 20, required: true, type: 'string', description: 'Base URL' },
  client_cert: { since: 22, type: 'string', description: 'File of the client certificate' },
  client_key: { since: 22, type: 'string', description: 'File of its key' },
  password: { since: 18, type: 'string', description: 'With username, instead of api_key' },
  timeout: { since: 18, type: 'number', replacedBy: 'timeout_seconds' },
  timeout_seconds: { since: 20, type: 'number', description: 'Time for one request' },
  url: { since: 18, required: true, type: 'string', replacedBy: 'api_url' },
  username: { since: 18, type: 'string', description: 'With password, instead of api_key' },
  verify_ssl: { since: 18, type: 'boolean', description: 'false accepts any certificate' },
};

const victorialogs: Keys = {
  api_url: { since: 26, required: true, type: 'string', description: 'Base URL' },
  bearer_token: { since: 26, type: 'string', description: 'Instead of username and password' },
  external_url: { since: 26, type: 'string', description: 'Where people reach it, for links' },
  headers: { since: 26, type: 'map', of: 'string', description: 'HTTP headers of every request' },
  password: { since: 26, type: 'string', description: 'With username' },
  timeout_seconds: { since: 26, type: 'number', description: 'Time for one request' },
  username: { since: 26, type: 'string', description: 'With password' },
  verify_ssl: { since: 26, type: 'boolean', description: 'false accepts any certificate' },
};

const kafkaCluster: Keys = {
  broker: { since: 20, required: true, type: 'string', description: 'host:port, several with commas' },
  client_id: { since: 20, type: 'string', description: 'What it calls itself' },
  kafka_broker: { since: 16, required: true, type: 'string', replacedBy: 'broker' },
  kafka_client_id: { since: 16, type: 'string', replacedBy: 'client_id' },
  kafka_password: { since: 16, type: 'string', replacedBy: 'password' },
  kafka_sasl_mechanism: { since: 16, type: 'string', replacedBy: 'sasl_mechanism' },
  kafka_security_protocol: { since: 16, type: 'string', replacedBy: 'security_protocol' },
  kafka_username: { since: 16, type: 'string', replacedBy: 'username' },
  name: { since: 16, required: true, type: 'string', description: 'What the model calls it' },
  password: { since: 20, type: 'string', description: 'For SASL' },
  sasl_mechanism: { since: 20, type: 'string', description: 'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512' },
  security_protocol: { since: 20, type: 'string', description: 'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL' },
  ssl_ca_cert: { since: 24, type: 'string', description: 'CA certificate, base64' },
  ssl_ca_cert_path: { since: 24, type: 'string', description: 'File of the CA certificate' },
  ssl_client_cert: { since: 24, type: 'string', description: 'Client certificate, base64' },
  ssl_client_cert_path: { since: 24, type: 'string', description: 'File of the client certificate' },
  ssl_client_key: { since: 24, type: 'string', description: 'Key of the client certificate, base64' },
  ssl_client_key_path: { since: 24, type: 'string', description: 'File of the key' },
  username: { since: 20, type: 'string', description: 'For SASL' },
};

const rabbitmqCluster: Keys = {
  api_url: { since: 20, required: true, type: 'string', description: 'Base URL of the management API' },
  id: { since: 16, type: 'string', description: 'What the model calls it' },
  management_url: { since: 16, required: true, type: 'string', replacedBy: 'api_url' },
  password: { since: 16, type: 'string', description: 'Its password' },
  request_timeout_seconds: { since: 16, type: 'number', replacedBy: 'timeout_seconds' },
  timeout_seconds: { since: 20, type: 'number', description: 'Time for one request' },
  username: { since: 16, type: 'string', description: 'User of the management API' },
  verify_certs: { since: 16, except: [18, 19], type: 'boolean', replacedBy: 'verify_ssl' },
  verify_ssl: { since: 18, type: 'boolean', description: 'false accepts any certificate' },
};

const database: Keys = {
  clickhouse_use_http_json: { since: 31, type: 'boolean', description: 'Asks ClickHouse over HTTP, for exact times' },
  connection_url: {
    since: 20,
    required: true,
    type: 'string',
    description: 'URL for SQLAlchemy, with user and password',
  },
  max_rows: { since: 20, type: 'number', description: 'Most rows of an answer, up to 10000' },
  read_only: { since: 20, type: 'boolean', description: 'false allows statements that write' },
  timeout_seconds: { since: 31, type: 'number', description: 'Time for a query of ClickHouse over HTTP' },
  verify_ssl: { since: 20, type: 'boolean', description: 'false accepts any certificate' },
};

const internet: Keys = {
  additional_headers: { since: 16, type: 'map', of: 'string' },
  allowed_hosts: { since: 40, type: 'list', of: 'string' },
  block_internal_ips: { since: 40, type: 'boolean' },
};

const datadog: Keys = {
  api_key: { since: 20, required: true, type: 'string' },
  api_url: { since: 20, required: true, type: 'string' },
  app_key: { since: 20, required: true, type: 'string' },
  dd_api_key: { since: 16, required: true, type: 'string', replacedBy: 'api_key' },
  dd_app_key: { since: 16, required: true, type: 'string', replacedBy: 'app_key' },
  request_timeout: { since: 16, type: 'number', replacedBy: 'timeout_seconds' },
  site_api_url: { since: 16, required: true, type: 'string', replacedBy: 'api_url' },
  timeout_seconds: { since: 20, type: 'number' },
};

const prometheusMetrics: Keys = {
  ...prometheus,
  ...managedPrometheus,
  fetch_labels_with_labels_api: { since: 16, until: 17, type: 'boolean' },
  fetch_metadata_with_series_api: { since: 16, until: 17, type: 'boolean' },
  healthcheck: { since: 16, until: 17, type: 'string' },
  metrics_labels_cache_duration_hrs: { since: 16, until: 17, type: 'number' },
  prometheus_url: { since: 16, required: [16, 17], type: 'string', description: 'Base URL of the server' },
};

const grafanaDashboards: Keys = {
  ...grafana,
  default_render_height: { since: 23, type: 'number' },
  default_render_width: { since: 23, type: 'number' },
  enable_rendering: { since: 23, type: 'boolean', description: 'Panels as images' },
  password: { since: 31, type: 'string', description: 'With username, instead of api_key' },
  username: { since: 31, type: 'string', description: 'With password, instead of api_key' },
};

const grafanaLoki: Keys = {
  ...grafana,
  password: { since: 32, type: 'string', description: 'With username, instead of api_key' },
  username: { since: 32, type: 'string', description: 'With password, instead of api_key' },
};

const grafanaTempo: Keys = {
  ...grafana,
  labels: {
    since: 16,
    type: 'map',
    description: 'Attributes of spans that name Kubernetes objects',
    items: {
      deployment: { since: 16, type: 'string' },
      namespace: { since: 16, type: 'string' },
      node: { since: 16, type: 'string' },
      pod: { since: 16, type: 'string' },
      service: { since: 16, type: 'string' },
    },
  },
  password: { since: 32, type: 'string', description: 'With username, instead of api_key' },
  username: { since: 32, type: 'string', description: 'With password, instead of api_key' },
};

const datadogGeneral: Keys = {
  ...datadog,
  allow_custom_endpoints: { since: 16, type: 'boolean' },
  max_response_size: { since: 16, type: 'number' },
};

const datadogLogs: Keys = {
  ...datadog,
  compact_logs: { since: 18, type: 'boolean' },
  default_limit: { since: 16, type: 'number' },
  indexes: { since: 16, type: 'list', of: 'string' },
  labels: {
    since: 16,
    until: 17,
    type: 'map',
    items: {
      namespace: { since: 16, until: 17, type: 'string' },
      pod: { since: 16, until: 17, type: 'string' },
    },
  },
  page_size: { since: 16, until: 17, type: 'number' },
  storage_tier: { since: 26, type: 'string' },
  storage_tiers: { since: 16, type: 'list', of: 'string', replacedBy: 'storage_tier' },
};

const datadogMetrics: Keys = {
  ...datadog,
  default_limit: { since: 16, type: 'number' },
};

const datadogTraces: Keys = {
  ...datadog,
  indexes: { since: 16, type: 'list', of: 'string' },
};

const atlas: Keys = {
  private_key: { since: 16, required: true, type: 'string' },
  project_id: { since: 16, required: true, type: 'string' },
  public_key: { since: 16, required: true, type: 'string' },
};

const azureSql: Keys = {
  client_id: { since: 16, until: 39, required: [16, 18], type: 'string' },
  client_secret: { since: 16, until: 39, required: [16, 18], type: 'string' },
  database: {
    since: 16,
    until: 39,
    required: true,
    type: 'map',
    items: {
      database_name: { since: 16, until: 39, required: true, type: 'string' },
      resource_group: { since: 16, until: 39, required: true, type: 'string' },
      server_name: { since: 16, until: 39, required: true, type: 'string' },
      subscription_id: { since: 16, until: 39, required: true, type: 'string' },
    },
  },
  tenant_id: { since: 16, until: 39, required: [16, 18], type: 'string' },
};

const confluence: Keys = {
  api_key: { since: 21, required: true, type: 'string' },
  api_path_prefix: { since: 21, until: 25, type: 'string' },
  api_url: { since: 21, required: true, type: 'string' },
  auth_type: { since: 21, until: 25, type: 'string' },
  cloud_id: { since: 21, type: 'string' },
  user: { since: 21, type: 'string' },
};

const coralogix: Keys = {
  api_key: { since: 18, required: true, type: 'string' },
  domain: { since: 18, required: true, type: 'string' },
  labels: {
    since: 18,
    type: 'map',
    items: {
      log_message: { since: 18, type: 'string' },
      namespace: { since: 18, type: 'string' },
      pod: { since: 18, type: 'string' },
      timestamp: { since: 18, type: 'string' },
    },
  },
  team_hostname: { since: 18, until: 19, required: true, type: 'string' },
  team_slug: { since: 20, type: 'string' },
  ui_url: { since: 42, type: 'string' },
};

const newrelic: Keys = {
  account_id: { since: 20, required: true, type: 'string' },
  api_key: { since: 20, required: true, type: 'string' },
  enable_multi_account: { since: 18, type: 'boolean' },
  is_eu_datacenter: { since: 16, type: 'boolean' },
  nr_account_id: { since: 16, required: [18, 19], type: 'string', replacedBy: 'account_id' },
  nr_api_key: { since: 16, required: [18, 19], type: 'string', replacedBy: 'api_key' },
  timeout_seconds: { since: 42, type: 'number' },
};

const servicenow: Keys = {
  api_key: { since: 16, required: [16, 22], type: 'string' },
  api_key_header: { since: 16, type: 'string' },
  api_url: { since: 20, required: true, type: 'string' },
  api_version: { since: 24, type: 'string' },
  extra_headers: { since: 21, type: 'map', of: 'string' },
  health_check_table: { since: 20, type: 'string' },
  instance_url: { since: 16, required: true, type: 'string', replacedBy: 'api_url' },
  password: { since: 23, type: 'string' },
  username: { since: 23, type: 'string' },
};

/** Built-in toolsets, by name. */
export const toolsets: Readonly<Record<string, KnownToolset>> = {
  MongoDBAtlas: {
    since: 16,
    config: {
      ...atlas,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...atlas, ...named } },
    },
  },
  'aks/core': { since: 16, config: null },
  'aks/node-health': { since: 16, config: null },
  'argocd/core': { since: 16, config: null },
  'aws/rds': { since: 16, until: 16, config: null },
  'aws/security': { since: 16, until: 16, config: null },
  'azure/sql': {
    since: 16,
    until: 39,
    config: {
      ...azureSql,
      instances: {
        since: 32,
        until: 39,
        type: 'list',
        description: 'Several of them',
        items: { ...azureSql, ...named },
      },
    },
  },
  bash: {
    since: 16,
    byDefault: 19,
    config: {
      allow: { since: 19, type: 'list', of: 'string' },
      builtin_allowlist: { since: 20, type: 'string' },
      deny: { since: 19, type: 'list', of: 'string' },
      include_default_allow_deny_list: { since: 19, type: 'boolean', replacedBy: 'builtin_allowlist' },
      kubectl: {
        since: 16,
        until: 18,
        type: 'map',
        items: {
          allowed_images: {
            since: 16,
            until: 18,
            type: 'list',
            items: {
              allowed_commands: { since: 16, until: 18, required: true, type: 'list', of: 'string' },
              image: { since: 16, until: 18, required: true, type: 'string' },
            },
          },
        },
      },
    },
  },
  'cilium/core': { since: 16, config: null },
  confluence: {
    since: 16,
    config: {
      ...confluence,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...confluence, ...named } },
    },
  },
  connectivity_check: {
    since: 18,
    byDefault: 18,
    config: {
      allow_all_hosts: { since: 40, type: 'boolean' },
      allowed_hosts: { since: 40, type: 'list', of: 'string' },
      block_internal_ips: { since: 40, type: 'boolean' },
      block_private_ips: { since: 40, type: 'boolean' },
      max_probes: { since: 40, type: 'number' },
      probe_window_seconds: { since: 40, type: 'number' },
    },
  },
  coralogix: {
    since: 18,
    config: {
      ...coralogix,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...coralogix, ...named } },
    },
  },
  'coralogix/logs': {
    since: 16,
    until: 17,
    replacedBy: 'coralogix',
    config: {
      api_key: { since: 16, until: 17, required: true, type: 'string' },
      domain: { since: 16, until: 17, required: true, type: 'string' },
      labels: {
        since: 16,
        until: 17,
        type: 'map',
        items: {
          log_message: { since: 16, until: 17, type: 'string' },
          namespace: { since: 16, until: 17, type: 'string' },
          pod: { since: 16, until: 17, type: 'string' },
          timestamp: { since: 16, until: 17, type: 'string' },
        },
      },
      logs_retrieval_methodology: { since: 16, until: 17, type: 'string' },
      team_hostname: { since: 16, until: 17, required: true, type: 'string' },
    },
  },
  core_investigation: { since: 16, byDefault: 16, config: null },
  'crossplane/core': { since: 25, config: null },
  'database/sql': { since: 20, config: database },
  'datadog/general': {
    since: 16,
    config: {
      ...datadogGeneral,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...datadogGeneral, ...named } },
    },
  },
  'datadog/logs': {
    since: 16,
    config: {
      ...datadogLogs,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...datadogLogs, ...named } },
    },
  },
  'datadog/metrics': {
    since: 16,
    config: {
      ...datadogMetrics,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...datadogMetrics, ...named } },
    },
  },
  'datadog/rds': {
    since: 16,
    until: 17,
    config: {
      dd_api_key: { since: 16, until: 17, required: true, type: 'string' },
      dd_app_key: { since: 16, until: 17, required: true, type: 'string' },
      default_time_span_seconds: { since: 16, until: 17, type: 'number' },
      default_top_instances: { since: 16, until: 17, type: 'number' },
      request_timeout: { since: 16, until: 17, type: 'number' },
      site_api_url: { since: 16, until: 17, required: true, type: 'string' },
    },
  },
  'datadog/traces': {
    since: 16,
    config: {
      ...datadogTraces,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...datadogTraces, ...named } },
    },
  },
  'docker/core': { since: 16, config: null },
  'elasticsearch/cluster': {
    since: 18,
    config: {
      ...elasticsearch,
      instances: { since: 31, type: 'list', description: 'Several of them', items: { ...elasticsearch, ...named } },
    },
  },
  'elasticsearch/data': {
    since: 18,
    config: {
      ...elasticsearch,
      instances: { since: 31, type: 'list', description: 'Several of them', items: { ...elasticsearch, ...named } },
    },
  },
  git: {
    since: 16,
    until: 18,
    config: {
      git_branch: { since: 16, until: 18, type: 'any' },
      git_credentials: { since: 16, until: 18, type: 'any' },
      git_repo: { since: 16, until: 18, type: 'any' },
      git_url: { since: 16, until: 18, type: 'any' },
    },
  },
  'grafana/dashboards': {
    since: 16,
    config: {
      ...grafanaDashboards,
      instances: { since: 31, type: 'list', description: 'Several of them', items: { ...grafanaDashboards, ...named } },
    },
  },
  'grafana/loki': {
    since: 16,
    config: {
      ...grafanaLoki,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...grafanaLoki, ...named } },
    },
  },
  'grafana/tempo': {
    since: 16,
    config: {
      ...grafanaTempo,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...grafanaTempo, ...named } },
    },
  },
  'helm/core': { since: 16, config: null },
  'hubble/observability': { since: 16, config: null },
  'inspektor-gadget/node': { since: 20, config: null },
  'inspektor-gadget/tcpdump': { since: 20, config: null },
  internet: { since: 16, byDefault: 24, config: internet },
  'kafka/admin': {
    since: 16,
    config: {
      clusters: { since: 20, required: true, type: 'list', description: 'What may be asked', items: kafkaCluster },
      kafka_clusters: { since: 16, required: true, type: 'list', replacedBy: 'clusters', items: kafkaCluster },
    },
  },
  'kubectl-run': {
    since: 19,
    until: 42,
    config: {
      allowed_images: {
        since: 19,
        until: 42,
        type: 'list',
        items: {
          allowed_commands: { since: 19, until: 42, required: true, type: 'list', of: 'string' },
          image: { since: 19, until: 42, required: true, type: 'string' },
        },
      },
    },
  },
  'kubernetes/core': { since: 16, config: null },
  'kubernetes/krew-extras': { since: 16, until: 42, config: null },
  'kubernetes/kube-lineage-extras': { since: 16, until: 42, config: null },
  'kubernetes/kube-prometheus-stack': { since: 16, config: null },
  'kubernetes/live-metrics': { since: 16, config: null },
  'kubernetes/logs': { since: 16, byDefault: 24, config: null },
  'kubevela/core': { since: 20, config: null },
  newrelic: {
    since: 16,
    config: {
      ...newrelic,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...newrelic, ...named } },
    },
  },
  notion: { since: 16, config: internet },
  'opensearch/logs': {
    since: 16,
    until: 17,
    config: {
      fields_ttl_seconds: { since: 16, until: 17, type: 'number' },
      index_pattern: { since: 16, until: 17, required: true, type: 'string' },
      labels: {
        since: 16,
        until: 17,
        type: 'map',
        items: {
          message: { since: 16, until: 17, type: 'string' },
          namespace: { since: 16, until: 17, type: 'string' },
          pod: { since: 16, until: 17, type: 'string' },
          timestamp: { since: 16, until: 17, type: 'string' },
        },
      },
      opensearch_auth_header: { since: 16, until: 17, type: 'string' },
      opensearch_url: { since: 16, until: 17, required: true, type: 'string' },
    },
  },
  'opensearch/query_assist': { since: 16, config: null },
  'opensearch/status': {
    since: 16,
    until: 17,
    config: {
      opensearch_clusters: {
        since: 16,
        until: 17,
        required: true,
        type: 'list',
        items: {
          headers: { since: 16, until: 17, type: 'map' },
          hosts: {
            since: 16,
            until: 17,
            required: true,
            type: 'list',
            items: {
              host: { since: 16, until: 17, required: true, type: 'string' },
              port: { since: 16, until: 17, type: 'number' },
            },
          },
          http_auth: {
            since: 16,
            until: 17,
            type: 'map',
            items: {
              password: { since: 16, until: 17, required: true, type: 'string' },
              username: { since: 16, until: 17, required: true, type: 'string' },
            },
          },
          ssl_assert_hostname: { since: 16, until: 17, type: 'boolean' },
          ssl_show_warn: { since: 16, until: 17, type: 'boolean' },
          use_ssl: { since: 16, until: 17, type: 'boolean' },
          verify_certs: { since: 16, until: 17, type: 'boolean' },
        },
      },
    },
  },
  'opensearch/traces': {
    since: 16,
    until: 17,
    config: {
      fields_ttl_seconds: { since: 16, until: 17, type: 'number' },
      index_pattern: { since: 16, until: 17, required: true, type: 'string' },
      opensearch_auth_header: { since: 16, until: 17, type: 'string' },
      opensearch_url: { since: 16, until: 17, required: true, type: 'string' },
    },
  },
  'openshift/core': { since: 16, config: null },
  'openshift/live-metrics': { since: 16, config: null },
  'openshift/logs': { since: 16, config: null },
  'openshift/security': { since: 16, config: null },
  'prometheus/metrics': {
    since: 16,
    config: {
      ...prometheusMetrics,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...prometheusMetrics, ...named } },
    },
  },
  'prometheus/multi-tenant-metrics': {
    since: 45,
    config: {
      ...prometheus,
      prometheus_url: { since: 45, required: true, type: 'string', description: 'Base URL of the server' },
      tenant_header: { since: 45, type: 'string', description: 'Header that carries the tenant' },
      tenant_label: { since: 45, type: 'string', description: 'Label that tells the tenant' },
    },
  },
  'rabbitmq/core': {
    since: 16,
    config: {
      clusters: { since: 16, required: true, type: 'list', description: 'What may be asked', items: rabbitmqCluster },
    },
  },
  robusta: { since: 16, config: null },
  runbook: { since: 16, until: 25, replacedBy: 'skills', byDefault: 18, config: null },
  'servicenow/tables': {
    since: 16,
    config: {
      ...servicenow,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...servicenow, ...named } },
    },
  },
  skills: { since: 26, byDefault: 26, config: null },
  slab: { since: 16, config: null },
  victorialogs: {
    since: 26,
    config: {
      ...victorialogs,
      instances: { since: 32, type: 'list', description: 'Several of them', items: { ...victorialogs, ...named } },
    },
  },
};

/** Own toolsets, by their `type`; unless it says otherwise `custom`. */
export const types: Readonly<Record<string, KnownToolset>> = {
  custom: { since: 16, config: {}, openConfig: true },
  database: { since: 20, config: database },
  http: {
    since: 20,
    config: {
      block_internal_ips: { since: 40, type: 'boolean', description: 'true refuses addresses inside the cluster' },
      client_cert_path: { since: 22, type: 'string', description: 'File of the client certificate' },
      client_key_path: { since: 22, type: 'string', description: 'File of its key' },
      default_headers: { since: 20, type: 'map', of: 'string', description: 'HTTP headers of every request' },
      endpoints: {
        since: 20,
        type: 'list',
        description: 'What may be asked',
        items: {
          auth: {
            since: 20,
            type: 'map',
            description: 'How to log in',
            items: {
              name: { since: 20, type: 'string', description: 'Of the header' },
              password: { since: 20, type: 'string', description: 'For basic and digest' },
              token: { since: 20, type: 'string', description: 'For bearer' },
              type: { since: 20, type: 'string', description: 'none, basic, digest, bearer or header' },
              username: { since: 20, type: 'string', description: 'For basic and digest' },
              value: { since: 20, type: 'string', description: 'Of the header' },
            },
          },
          health_check_url: { since: 20, type: 'string', description: 'Must answer below 400 at the start' },
          hosts: {
            since: 20,
            required: true,
            type: 'list',
            of: 'string',
            description: 'Host names, host:port or origins; *. in front',
          },
          methods: { since: 20, type: 'list', of: 'string', description: 'HTTP methods; GET alone unless given' },
          paths: { since: 20, type: 'list', of: 'string', description: 'Patterns of paths' },
        },
      },
      extra_headers: {
        since: 21,
        type: 'map',
        of: 'string',
        description: 'HTTP headers, as templates over the request',
      },
      timeout_seconds: { since: 20, type: 'number', description: 'Time for one request' },
      verify_ssl: { since: 20, type: 'boolean', description: 'false accepts any certificate' },
    },
  },
  mcp: {
    since: 16,
    config: {
      args: { since: 16, type: 'list', of: 'string', description: 'Its arguments, for stdio' },
      command: { since: 16, type: 'string', description: 'Program, for stdio' },
      env: { since: 16, type: 'map', of: 'string', description: 'Its environment, for stdio' },
      extra_headers: {
        since: 19,
        type: 'map',
        of: 'string',
        description: 'HTTP headers, as templates over the request',
      },
      headers: { since: 16, type: 'map', of: 'string', description: 'HTTP headers of every request' },
      health_check_tool: { since: 32, type: 'string', description: 'Tool that is called at the start' },
      icon_url: { since: 20, type: 'string', description: 'Picture' },
      mode: { since: 16, type: 'string', description: 'sse, streamable-http or stdio' },
      oauth: {
        since: 25,
        type: 'map',
        description: 'Login of the user',
        items: {
          authorization_url: { since: 25, type: 'string' },
          client_id: { since: 25, type: 'string' },
          client_secret: { since: 27, type: 'string' },
          enabled: { since: 25, type: 'boolean' },
          registration_endpoint: { since: 25, type: 'string' },
          resource: { since: 38, type: 'string' },
          scopes: { since: 25, type: 'list', of: 'string' },
          token_url: { since: 25, type: 'string' },
        },
      },
      url: { since: 16, type: 'string', description: 'Where it answers; below it /sse unless mode says otherwise' },
      verify_ssl: { since: 19, type: 'boolean', description: 'false accepts any certificate' },
    },
  },
  mongodb: {
    since: 22,
    config: {
      connection_url: {
        since: 22,
        required: true,
        type: 'string',
        description: 'mongodb:// or mongodb+srv://, with user and password',
      },
      default_database: { since: 22, type: 'string', description: 'Database unless the URL names one' },
      max_rows: { since: 22, type: 'number', description: 'Most documents of an answer, up to 10000' },
      read_only: { since: 22, type: 'boolean', description: 'false allows operations that write' },
      timeout_seconds: { since: 22, type: 'number', description: 'Time for an operation, up to 300' },
      verify_ssl: { since: 22, type: 'boolean', description: 'false accepts any certificate' },
    },
  },
};

/** Keys of an entry of `toolsets`. */
export const entryKeys: Readonly<Record<string, EntryKey>> = {
  additional_instructions: { since: 16, until: 19, type: 'string' },
  approval_required_tools: { since: 18, type: 'list' },
  config: { since: 16, type: 'any' },
  description: { since: 16, type: 'string' },
  docs_url: { since: 16, type: 'string' },
  enabled: { since: 16, type: 'boolean' },
  experimental: { since: 16, type: 'boolean' },
  expose_remotely: { since: 33, type: 'boolean' },
  icon_url: { since: 16, type: 'string' },
  installation_instructions: { since: 16, type: 'string' },
  is_default: { since: 16, until: 23, type: 'boolean' },
  llm_instructions: { since: 16, type: 'string' },
  meta: { since: 24, type: 'map' },
  prerequisites: { since: 16, type: 'list' },
  restricted_tools: { since: 18, until: 33, type: 'list' },
  status_refresh_interval_seconds: { since: 43, type: 'number' },
  subtype: { since: 26, type: 'string' },
  tags: { since: 16, type: 'list' },
  tools: { since: 16, type: 'list' },
  transformers: { since: 16, type: 'list' },
  type: { since: 16, type: 'string' },
  url: { since: 16, type: 'string' },
};

/** Keys of an entry of `mcp_servers`. */
export const mcpEntryKeys: Readonly<Record<string, EntryKey>> = entryKeys;
