import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule, cacheFolder, readModuleFile } from './build.ts';
import type { ToolModule } from './build.ts';

const victoriaVersion = 'github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version';

/** Real stores, each of a Go module: `npm run test:backends` alone needs them. Minutes as measured on 2 busy cores. */
const stores = {
  'victoria-logs': {
    folder: 'victorialogs',
    package: 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs',
    module: 'github.com/VictoriaMetrics/VictoriaLogs',
    stamp: (version: string) => `${victoriaVersion}=victoria-logs-${version}`,
  },
  'victoria-metrics': {
    folder: 'victoriametrics',
    package: 'github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics',
    module: 'github.com/VictoriaMetrics/VictoriaMetrics',
    stamp: (version: string) => `${victoriaVersion}=victoria-metrics-${version}`,
  },
  loki: {
    folder: 'loki',
    package: 'github.com/grafana/loki/v3/cmd/loki',
    module: 'github.com/grafana/loki/v3',
    stamp: (version: string) => `github.com/grafana/loki/v3/pkg/util/build.Version=${version.slice(1)}`,
  },
  jaeger: {
    folder: 'jaeger',
    package: 'github.com/jaegertracing/jaeger/cmd/all-in-one',
    module: 'github.com/jaegertracing/jaeger',
    stamp: (version: string) => `github.com/jaegertracing/jaeger/internal/version.latestVersion=${version}`,
  },
  cortex: {
    folder: 'cortex',
    package: 'github.com/cortexproject/cortex/cmd/cortex',
    module: 'github.com/cortexproject/cortex',
    stamp: (version: string) => `main.Version=${version.slice(1)}`,
    tags: 'netgo,slicelabels',
  },
  thanos: {
    folder: 'thanos',
    package: 'github.com/thanos-io/thanos/cmd/thanos',
    module: 'github.com/thanos-io/thanos',
    stamp: (version: string) => `github.com/prometheus/common/version.Version=${version.slice(1)}`,
    tags: 'netgo,slicelabels',
  },
} as const;

type BackendName = keyof typeof stores;
const names = Object.keys(stores) as readonly BackendName[];

/** Where the program is once it is built. */
export function backendTool(name: BackendName): string {
  return join(cacheFolder(moduleOf(name)), name);
}

/** The command that builds it; `null` where it is built. */
export function missingBackend(name: BackendName): string | null {
  return existsSync(backendTool(name)) ? null : `node test/tools/backends.ts ${name}`;
}

/** The release that its go.mod requires, such as `v3.7.8`. */
export function backendVersion(name: BackendName): string {
  const { folder, module } = stores[name];
  const [, version] = readModuleFile({ folder }, 'go.mod').split(`${module} `);
  if (version === undefined) throw new Error(`${folder}/go.mod requires no version of ${module}`);
  return version.split(/\s/)[0] ?? '';
}

/** What a program of Debian calls its version, such as `2.42.0`; `null` where it is not installed. */
export function installedVersion(program: string): string | null {
  const { status, stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/version (\S+)/.exec(stdout + stderr)?.[1] ?? null) : null;
}

function moduleOf(name: BackendName): ToolModule {
  const { folder, package: source, stamp, ...rest } = stores[name];
  const tags = 'tags' in rest ? { tags: rest.tags } : {};
  return { folder, programs: { [name]: source }, ...tags, link: () => [`-X ${stamp(backendVersion(name))}`] };
}

if (import.meta.main) {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !names.includes(name as BackendName));
  if (unknown.length > 0) throw new Error(`invalid argument "${unknown.join(' ')}": expected ${names.join(', ')}`);
  for (const name of chosen.length > 0 ? (chosen as BackendName[]) : names) {
    await buildModule(moduleOf(name), (line) => {
      console.log(line);
    });
  }
}
