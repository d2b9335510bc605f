import { spawnSync } from 'node:child_process';
import { getuid } from 'node:process';

/** User of Argo CD's containers; `null` if this process may not become another. */
export const containerUser = getuid?.() === 0 ? 999 : null;

export interface Mount {
  readonly source: string;
  readonly target: string;
}

/** Covered by an empty tmpfs first, which hides the machine's content; folders are then mounted inside. */
const emptied = ['/home', '/var/run', '/var/cache'];

const mountAll = `set -e
for folder in ${emptied.join(' ')}; do mount -t tmpfs tmpfs "$folder"; done
while [ "$1" != -- ]; do mkdir -p "$2"; mount --bind "$1" "$2"; shift 2; done
shift
mount -o remount,bind,ro /
cd /home/argocd
exec "$@"`;

/**
 * Starts a program as in a Pod: with folders mounted where the program expects them, on a read-only root, as Argo CD's
 * user without privileges. Each step replaces the one before, so that the started process is the program itself.
 */
export function containerCommand(mounts: readonly Mount[]): readonly string[] {
  const dropped = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];
  const user = [`--reuid=${containerUser ?? ''}`, `--regid=${containerUser ?? ''}`, '--clear-groups'];
  const asUser = containerUser === null ? [] : ['setpriv', ...user, ...dropped];
  return mounts.length === 0 ? [...(asUser.length > 0 ? asUser : ['env'])] : [...inNamespace(mounts), ...asUser];
}

/** Whether tests may mount on this machine: many containers forbid it, whatever is installed. */
export function canMount(folder: string): boolean {
  const [command, ...args] = inNamespace([{ source: folder, target: '/home/argocd' }]);
  return spawnSync(command!, [...args, 'true']).status === 0;
}

function inNamespace(mounts: readonly Mount[]): readonly string[] {
  // /tmp last: the folders to mount may be in it.
  const pairs = mounts
    .toSorted((a, b) => Number(a.target === '/tmp') - Number(b.target === '/tmp'))
    .flatMap(({ source, target }) => [source, target]);
  const mapped = containerUser === null ? ['--map-root-user'] : [];
  return ['unshare', '--mount', ...mapped, 'sh', '-c', mountAll, 'mount-all', ...pairs, '--'];
}
