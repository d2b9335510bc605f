import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The public half of a dry run's key, in its folder. */
const keyFile = 'SHA256SUMS.pub';

/**
 * Signs files of a folder, each into a file `.sig` beside it, with a key that is not kept. The type of key is cosign's
 * own.
 */
export function signFiles(folder: string, names: readonly string[]): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  writeFileSync(join(folder, keyFile), publicKey.export({ type: 'spki', format: 'pem' }));
  for (const name of names) {
    const signature = sign('sha256', readFileSync(join(folder, name)), privateKey);
    writeFileSync(join(folder, `${name}.sig`), signature.toString('base64'));
  }
}

/** Verifies the signatures of a dry run, whose key signs nothing else; cosign verifies those of the workflow. */
export function signatureProblems(folder: string, name: string): readonly string[] {
  const read = (file: string): Buffer => readFileSync(join(folder, file));
  const signature = Buffer.from(read(`${name}.sig`).toString(), 'base64');
  const isSigned = verify('sha256', read(name), createPublicKey(read(keyFile)), signature);
  return isSigned ? [] : [`${name}.sig is no signature of ${name} by ${keyFile}`];
}

/** File name of the payload that is signed for an image. */
export function payloadName(version: string): string {
  return `dynamic-toolset-${version}-image.json`;
}

/**
 * What cosign signs for an image: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md, "Simple
 * Signing".
 */
export interface Payload {
  readonly critical: {
    readonly identity: { readonly 'docker-reference': string };
    readonly image: { readonly 'docker-manifest-digest': string };
    readonly type: 'cosign container image signature';
  };
  readonly optional: null;
}

/** `reference` is the image's registry location, without tag or digest. */
export function payloadOf(reference: string, digest: string): Payload {
  return {
    critical: {
      identity: { 'docker-reference': reference },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  };
}
