import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A layer: place in the image -> text of the file, or what a link points to. */
export type Layer = Readonly<Record<string, string | { readonly target: string }>>;

/** An image of one architecture. */
export interface Made {
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly layers: readonly Layer[];
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

/** Writes an OCI layout as BuildKit does: one index, and what it says itself of the build beside the images. */
export function writeLayout(folder: string, images: readonly Made[]): string {
  const layout = mkdtempSync(join(folder, 'layout-'));
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const blob = (content: Buffer | object): Descriptor => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(layout, 'blobs/sha256', sha256), bytes);
    return { digest: `sha256:${sha256}`, size: bytes.length };
  };
  const manifests = images.map(({ architecture, labels, layers }) => {
    const config = blob({ os: 'linux', architecture, config: { Labels: labels } });
    const manifest = blob({ config, layers: layers.map((layer) => blob(archiveOf(folder, layer))) });
    return { ...manifest, platform: { os: 'linux', architecture } };
  });
  const attestation = {
    ...blob({ config: blob({}), layers: [] }),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const index = blob({ schemaVersion: 2, manifests: [...manifests, attestation] });
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
  return layout;
}

function archiveOf(folder: string, layer: Layer): Buffer {
  const root = mkdtempSync(join(folder, 'layer-'));
  for (const [place, content] of Object.entries(layer)) {
    const file = join(root, place);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === 'string') writeFileSync(file, content);
    else symlinkSync(content.target, file);
  }
  return execFileSync('tar', ['-czf', '-', '-C', root, '.']);
}
