import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readImage } from '../../release/image.ts';
import { payloadName, payloadOf, signFiles } from '../../release/signature.ts';
import { removeFolder } from '../cluster/parts/process.ts';
import { writeLayout } from '../release/oci-layout.ts';
import { realPart } from '../support/real-part.ts';
import { cosignProgram, registryProgram } from '../tools/registry.ts';
import type { Registry } from './registry.ts';
import { digestOf, startRegistry } from './registry.ts';

/** What a dry run signs, to the real cosign: needs no image but one made by hand, in a real registry. */
describe('signature of a dry run', () => {
  const version = '1.2.3';
  const payload = payloadName(version);
  let folder: string;
  let registry: Registry;
  let image: string;

  before(async function () {
    const [program, cosign] = [registryProgram(), cosignProgram()];
    if (!realPart('registry and cosign', program !== null && cosign !== null, 'node test/tools/registry.ts'))
      this.skip();
    folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-signature-'));
    registry = await startRegistry(program!);
    const layout = writeLayout(folder, [{ architecture: 'amd64', labels: {}, layers: [] }]);
    const [{ digest } = { digest: '' }] = readImage(layout).platforms;
    await push(await readFile(join(layout, 'blobs', digest.replace(':', '/'))), 'acme/toolsets');
    image = `${registry.host}/acme/toolsets@${digest}`;
    await writeFile(join(folder, payload), JSON.stringify(payloadOf('ghcr.io/acme/toolsets', digest)));
    await writeFile(join(folder, 'SHA256SUMS'), 'sums\n');
    signFiles(folder, ['SHA256SUMS', payload]);
  });

  after(async () => {
    await (registry as Registry | undefined)?.stop();
    if ((folder as string | undefined) !== undefined) await removeFolder(folder);
  });

  it('verifies the checksums, and no other file', async () => {
    const signature = ['--signature', 'SHA256SUMS.sig'];

    expect(await verified('verify-blob', ...signature, 'SHA256SUMS')).to.include('Verified OK');
    expect(await verified('verify-blob', ...signature, payload)).to.include('invalid signature');
  });

  it('verifies the image in its registry, by its digest', async () => {
    expect(await verified('verify', '--allow-http-registry', image)).to.include('no signatures found');
    const files = ['--payload', payload, '--signature', `${payload}.sig`];
    await cosign('attach', 'signature', ...files, '--allow-http-registry', image);

    expect(await verified('verify', '--allow-http-registry', image))
      .to.include('The cosign claims were validated')
      .and.to.include('The signatures were verified against the specified public key');
  });

  it('does not verify another image', async () => {
    const content = Buffer.from(JSON.stringify({ schemaVersion: 2, config: {}, layers: [] }));
    const other = `${registry.host}/acme/other@${digestOf(content)}`;
    await push(content, 'acme/other');
    const files = ['--payload', payload, '--signature', `${payload}.sig`];
    await cosign('attach', 'signature', ...files, '--allow-http-registry', other);

    expect(await verified('verify', '--allow-http-registry', other)).to.include('invalid or missing digest in claim');
  });

  /** Only the manifest: it is what is signed. */
  async function push(manifest: Buffer, name: string): Promise<void> {
    const url = `http://${registry.host}/v2/${name}/manifests/${digestOf(manifest)}`;
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
    const { status } = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(manifest) });
    expect(status).to.equal(201);
  }

  /** With the key that is beside the files; a key alone asks no log. */
  function verified(command: string, ...args: readonly string[]): Promise<string> {
    return cosign(command, '--key', 'SHA256SUMS.pub', '--insecure-ignore-tlog=true', ...args);
  }

  /** All that it printed, whatever it ended with. */
  async function cosign(...args: readonly string[]): Promise<string> {
    const options = { cwd: folder, env: { ...process.env, HOME: folder } };
    const { promise, resolve } = Promise.withResolvers<string>();
    execFile(cosignProgram()!, args, options, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
    return promise;
  }
});
