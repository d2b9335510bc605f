import { mkdtemp, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { freePort, isAnswering, startComponent, waitUntilReady } from './process.ts';
import { patienceMs } from '../../support/until.ts';

/** One series of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A real Prometheus, on loopback. */
export interface Prometheus {
  readonly query: (expression: string) => Promise<readonly Sample[]>;
  /** GETs any other path of its API and returns `data` of the response. */
  readonly get: (path: string) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

export interface Scrape {
  /** `127.0.0.1:PORT` of the target, scraped every second. */
  readonly target: string;
  /** Bearer token for it. */
  readonly token: string;
  /** Groups of rules, as in a PrometheusRule. */
  readonly rules: object;
}

export function hasPrometheus(): boolean {
  return spawnSync('prometheus', ['--version']).status === 0;
}

/** Starts one that keeps all its files below `parent`. */
export async function startPrometheus(parent: string, { target, token, rules }: Scrape): Promise<Prometheus> {
  const folder = await mkdtemp(join(parent, 'prometheus-'));
  const [config, port] = [join(folder, 'prometheus.yml'), await freePort()];
  await writeFile(join(folder, 'token'), token);
  await writeFile(join(folder, 'rules.yml'), JSON.stringify(rules));
  await writeFile(config, JSON.stringify(configFor(target)));
  const listen = `127.0.0.1:${String(port)}`;
  const flags = [
    ...['--config.file', config, '--storage.tsdb.path', join(folder, 'data')],
    ...['--web.listen-address', listen],
  ];
  const component = await startComponent('prometheus', 'prometheus', flags, folder);
  await waitUntilReady(component, patienceMs, () => isAnswering(`http://${listen}/-/ready`));
  const get: Prometheus['get'] = async (path) => {
    const response = await fetch(`http://${listen}/api/v1/${path}`);
    const answer = (await response.json()) as { readonly data?: unknown; readonly error?: string };
    if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  };
  return {
    get,
    query: async (expression) => {
      const { result } = (await get(`query?${new URLSearchParams({ query: expression }).toString()}`)) as {
        readonly result: readonly Sample[];
      };
      return result;
    },
    stop: component.stop,
  };
}

function configFor(target: string): object {
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    scrape_configs: [
      {
        job_name: 'dynamic-toolset-serve',
        honor_labels: true,
        authorization: { credentials_file: 'token' },
        static_configs: [{ targets: [target] }],
      },
    ],
  };
}
