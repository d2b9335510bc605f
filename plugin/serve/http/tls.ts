import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { PluginError, reasonOf } from '../../lib/errors.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** The current certificate and its later replacements. */
export interface Certificate {
  readonly current: () => Pair;
  readonly onChange: (listener: (pair: Pair) => void) => void;
}

/** Frequent enough: mounted Secrets are replaced long before their certificate expires. */
const rereadMs = 10_000;

/**
 * Reads certificate and key, failing if that is impossible, and polls both files until the signal aborts: not every file
 * system notifies of the replaced symlink of a mounted Secret. A later pair that is invalid is reported and ignored.
 */
export async function openCertificate(
  files: CertificateFiles,
  signal: AbortSignal,
  onError: (error: unknown) => void,
  everyMs = rereadMs,
): Promise<Certificate> {
  let pair = await readPair(files);
  const listeners: ((pair: Pair) => void)[] = [];
  let lastError = '';
  const reread = async (): Promise<void> => {
    try {
      const read = await readPair(files);
      lastError = '';
      if (idOf(read) === idOf(pair)) return;
      pair = read;
      for (const listener of listeners) listener(pair);
    } catch (error) {
      // Reported once, not with every poll.
      const message = error instanceof Error ? error.message : '';
      if (message !== lastError) onError(error);
      lastError = message;
    }
  };
  const timer = setInterval(() => void reread(), everyMs).unref();
  signal.addEventListener('abort', () => {
    clearInterval(timer);
  });
  return {
    current: () => pair,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
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

function idOf({ cert, key }: Pair): string {
  return createHash('sha256').update(`${cert}\n${key}`).digest('base64');
}
