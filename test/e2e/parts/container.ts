import { spawnSync } from 'node:child_process';
import { getuid } from 'node:process';

/** Who Argo CD's containers run as; `null` where this process may not become another. */
export const containerUser = getuid?.() === 0 ? 999 : null;

export interface Mount {
  readonly source: string;
  readonly target: string;
}

/** In mounted folders others are hidden, so these are empty first. */
const emptied = ['/home', '/var/run', '/var/cache'];

const mountAll = `set -e
for folder in ${emptied.join(' ')}; do mount -t tmpfs tmpfs "$folder"; done
while [ "$1" != -- ]; do mkdir -p "$2"; mount --bind "$1" "$2"; shift 2; done
shift
mount -o remount,bind,ro /
cd /home/argocd
exec "$@"`;

/**
 * What starts a program as a Pod would: with folders mounted where it looks for them, on a read-only root, as Argo CD's
 * user and without a privilege. Every step replaces the one before, so that the process started is the program.
 */
export function containerCommand(mounts: readonly Mount[]): readonly string[] {
  const dropped = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];
  const user = [`--reuid=${containerUser ?? ''}`, `--regid=${containerUser ?? ''}`, '--clear-groups'];
  const asUser = containerUser === null ? [] : ['setpriv', ...user, ...dropped];
  return mounts.length === 0 ? [...(asUser.length > 0 ? asUser : ['env'])] : [...inNamespace(mounts), ...asUser];
}

/** Whether this machine lets tests mount: many a container does not, whatever is installed. */
export function canMount(folder: string): boolean {
  const [command, ...args] = inNamespace([{ source: folder, target: '/home/argocd' }]);
  return spawnSync(command!, [...args, 'true']).status === 0;
}

function inNamespace(mounts: readonly Mount[]): readonly string[] {
  // /tmp last: the folders that are mounted may be in it.
  const pairs = mounts
    .toSorted((a, b) => Number(a.target === '/tmp') - Number(b.target === '/tmp'))
    .flatMap(({ source, target }) => [source, target]);
  const mapped = containerUser === null ? ['--map-root-user'] : [];
  return ['unshare', '--mount', ...mapped, 'sh', '-c', mountAll, 'mount-all', ...pairs, '--'];
}
