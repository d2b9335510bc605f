import { join } from 'node:path';
import { parseProposeFlags } from '../../plugin/commands/flags/propose-flags.ts';
import { propose } from '../../plugin/commands/propose/propose.ts';
import { BareRepository } from '../support/bare-repository.ts';
import type { TestClock } from '../support/clock.ts';
import { testClock } from '../support/clock.ts';
import type { Folder } from '../support/folder.ts';

/** A values file as people write it. */
export const values = `# Values of the fleet.
holmes:
  replicas: 1   # one is enough

  # kept up to date by dynamic-toolset
  toolsets:
    prometheus/metrics:
      # people ask about this one
      enabled: true
      config:
        prometheus_url: "http://old.obs.svc:9090"
    old/gone: {enabled: false}
other: &shared [1,2]
again: *shared
`;

export const manifest = ['--file', 'prod/toolsets.yaml'];
export const keyed = ['--file', 'prod/values.yaml', '--key', '/holmes/toolsets'];
export const atOnce = ['--settle', '0s'];

/** A Service of a recorded cluster. */
function service(name: string, product: string, port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'obs', name, labels: { 'app.kubernetes.io/name': product } },
    spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ name: 'http', port }] },
  });
}

export const prometheus = service('prometheus', 'prometheus', 9090);
export const loki = service('loki', 'loki', 3100);

/** A repository, a recorded cluster with a Prometheus, and a clock. Made in each test. */
export class Scene {
  readonly repository: BareRepository;
  readonly clock: TestClock = testClock();
  readonly #folder: Folder;

  constructor(folder: Folder, repository = new BareRepository(folder.path)) {
    this.#folder = folder;
    this.repository = repository;
    repository.commit({ 'README.md': 'fleet\n', 'prod/values.yaml': values });
  }

  get snapshot(): string {
    return join(this.#folder.path, 'cluster.yaml');
  }

  /** What the cluster has from now on. */
  async cluster(...services: readonly string[]): Promise<void> {
    await this.#folder.write('cluster.yaml', services.map((one) => `---\n${one}\n`).join(''));
  }

  /** What `propose -o json` says. */
  async run(args: readonly string[], machine: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
    const url = args.includes('--repository') ? [] : ['--repository', this.repository.path];
    const all = [...url, '--path', this.#folder.path, '--snapshot', this.snapshot, '-o', 'json', ...args];
    const flags = parseProposeFlags(all, { machine: { PATH: process.env.PATH, ...machine } });
    return JSON.parse((await propose(flags, this.clock)).text) as Record<string, string>;
  }
}
