import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { PluginError, reasonOf } from '../../lib/errors.ts';
import { followFiles } from './followed-file.ts';
import type { FollowedFile } from './followed-file.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** The current certificate and its later replacements. */
export type Certificate = FollowedFile<Pair>;

/** Reads certificate and key, failing if that is impossible, and follows them; a later invalid pair is reported. */
export async function openCertificate(
  files: CertificateFiles,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<Certificate> {
  return followFiles(() => readPair(files), signal, onError);
}

async function readPair({ certFile, keyFile }: CertificateFiles): Promise<Pair> {
  const [cert, key] = await Promise.all([readText('--tls-cert-file', certFile), readText('--tls-key-file', keyFile)]);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new PluginError(
      'FILE_UNREADABLE',
      `${certFile} and ${keyFile} are not a certificate and its key: ${reasonOf(cause)}`,
      {
        hint: 'use tls.crt and tls.key of a Secret of type kubernetes.io/tls, in PEM',
        cause,
      },
    );
  }
  return { cert, key };
}

async function readText(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PluginError('FILE_UNREADABLE', `${flag} ${file} cannot be read: ${reasonOf(cause)}`, {
      hint: 'mount the Secret with the certificate into the container',
      cause,
    });
  }
}
