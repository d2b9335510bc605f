import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { everything, files, services } from '../cluster/api/scene.ts';
import { applicationDefinition } from '../cluster/parts/definitions.ts';
import { clusterTools, startCluster } from '../cluster/parts/cluster.ts';
import type { Cluster } from '../cluster/parts/cluster.ts';
import { manage, tokenFor } from '../cluster/support/managed-scene.ts';
import { buildProgram } from '../cluster/support/program.ts';
import type { Program } from '../cluster/support/program.ts';
import { startServe } from '../e2e/support/serve.ts';
import type { Serve } from '../e2e/support/serve.ts';
import { missingTools } from '../tools/build.ts';

/**
 * `npm run dev:serve`: a real API server with a few Services and one Application, and `serve` from its sources beside
 * it, until Ctrl-C. Its log goes to standard output. Nothing is left behind.
 */
const ended = Promise.withResolvers<string>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, ended.resolve);

const missing = missingTools(clusterTools);
if (missing.length > 0) {
  console.error(`missing: ${missing.join(', ')}; build them with: node test/tools/build.ts etcd kubernetes`);
  process.exit(1);
}
console.error('starting etcd and kube-apiserver …');
const cluster = await startCluster();
try {
  await run(cluster);
} finally {
  await cluster.stop();
}

async function run(cluster: Cluster): Promise<void> {
  const kubeconfig = await cluster.kubeconfig();
  const program = await buildProgram(cluster.folder, 'sources');
  await cluster.apply([applicationDefinition, ...services]);
  await manage(cluster, program, 'one', files);
  const token = await tokenFor(cluster, 'developer', everything);
  const serve = await startServe(logging(program), ['--kubeconfig', kubeconfig]);
  try {
    const tokenFile = join(cluster.folder, 'token');
    await writeFile(tokenFile, token, { mode: 0o600 });
    console.error(description(serve, { token, tokenFile, kubeconfig }));
    await ended.promise;
  } finally {
    await serve.stop();
  }
}

/** What it logs is seen; when it ends by itself, there is nothing to wait for. */
function logging(program: Program): Program {
  return {
    ...program,
    start: (args, options) => {
      const running = program.start(args, options);
      running.child.stdout?.pipe(process.stdout, { end: false });
      running.child.stderr?.pipe(process.stderr, { end: false });
      running.child.once('exit', () => {
        ended.resolve('serve has ended');
      });
      return running;
    },
  };
}

interface Access {
  readonly token: string;
  readonly tokenFile: string;
  readonly kubeconfig: string;
}

function description({ url }: Pick<Serve, 'url'>, { token, tokenFile, kubeconfig }: Access): string {
  return `
page:       ${url}
API:        curl -H "Authorization: Bearer $(cat ${tokenFile})" ${url}/api/v1/toolsets
metrics:    curl -H "Authorization: Bearer $(cat ${tokenFile})" ${url}/metrics
kubeconfig: export KUBECONFIG=${kubeconfig}
token:      ${token}
Ctrl-C ends it all.`;
}
