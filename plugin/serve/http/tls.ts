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

/** The certificate that is served with, as it was last read. */
export interface Certificate {
  readonly current: () => Pair;
  readonly onChange: (listener: (pair: Pair) => void) => void;
}

/** Mounted Secrets are replaced some time before the old certificate ends. */
const rereadMs = 10_000;

/**
 * Reads certificate and key now, which has to work, and again and again until the signal: a mounted Secret is replaced
 * by moving a link, which not every file system tells of. A pair that does not fit stays unused.
 */
export async function openCertificate(
  files: CertificateFiles,
  signal: AbortSignal,
  onError: (error: unknown) => void,
  everyMs = rereadMs,
): Promise<Certificate> {
  let pair = await readPair(files);
  const listeners: ((pair: Pair) => void)[] = [];
  let failed = '';
  const reread = async (): Promise<void> => {
    try {
      const read = await readPair(files);
      failed = '';
      if (idOf(read) === idOf(pair)) return;
      pair = read;
      for (const listener of listeners) listener(pair);
    } catch (error) {
      // Told once, not every ten seconds.
      const message = error instanceof Error ? error.message : '';
      if (message !== failed) onError(error);
      failed = message;
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
      `${certFile} and ${keyFile} are no certificate and its key: ${reasonOf(cause)}`,
      {
        hint: 'give the PEM files of a Secret of type kubernetes.io/tls: tls.crt and tls.key',
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
