import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { toolPaths } from '../../tools/build.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';

/** How a command ended; `argocd app diff` ends with 1 where something differs, and with 20 where it fails. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in a folder as a person does who is logged in to Argo CD's API server with `argocd`. */
export function runArgocd(
  { apiUrl, folder }: Pick<ArgoCd, 'apiUrl' | 'folder'>,
  cwd: string,
  command: string,
): Promise<Ended> {
  const env = {
    PATH: [dirname(toolPaths().argoCd), process.env.PATH ?? ''].join(delimiter),
    HOME: folder,
    TMPDIR: folder,
    ARGOCD_SERVER: new URL(apiUrl).host,
    ARGOCD_OPTS: '--plaintext --auth-token none',
  };
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile('sh', ['-c', command], { cwd, env, timeout: 60_000 }, (error, stdout, stderr) => {
    resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
  });
  return promise;
}
