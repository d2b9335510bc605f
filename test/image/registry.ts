import { createHash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isAnswering, removeFolder, startComponent, waitUntilReady } from '../cluster/parts/process.ts';
import { patienceMs } from '../support/until.ts';

/** A registry on loopback, over plain HTTP and without accounts, that is gone with all its content when it is stopped. */
export interface Registry {
  /** `host:port`, as the reference of an image starts with it. */
  readonly host: string;
  /** Bytes of a manifest, by its tag or digest, as the registry has them; an error where it has none. */
  readonly manifest: (name: string, reference: string) => Promise<Buffer>;
  readonly stop: () => Promise<void>;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Starts the program of `registryProgram`. */
export async function startRegistry(program: string): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-registry-'));
  const host = `127.0.0.1:${String(await freePort())}`;
  const component = await startComponent(program, 'registry', ['-port', new URL(`http://${host}`).port], folder);
  const stop = async (): Promise<void> => {
    await component.stop();
    await removeFolder(folder);
  };
  try {
    await waitUntilReady(component, patienceMs, () => isAnswering(`http://${host}/v2/`));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    stop,
    manifest: async (name, reference) => {
      const url = `http://${host}/v2/${name}/manifests/${reference}`;
      const response = await fetch(url, { headers: { accept: manifestTypes.join(', ') } });
      const content = Buffer.from(await response.arrayBuffer());
      if (!response.ok) throw new Error(`${url}: ${String(response.status)} ${content.toString()}`);
      return content;
    },
  };
}

/** How a registry names content. */
export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
