import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PluginError, reasonOf } from '../../../lib/errors.ts';
import { followFiles } from '../followed-file.ts';

/** Whether a text is the secret that Argo CD's proxy adds to forwarded requests. */
export type IsSecret = (text: string) => boolean;

const flag = '--argocd-extension-secret-file';
/** Characters that a header can hold, and long enough not to be guessed. */
const form = /^[\x21-\x7e]{32,512}$/;

/**
 * Reads the file, failing with FILE_UNREADABLE if it holds no valid secret, and follows it; a later invalid content is
 * reported, and the previous secret stays in force. The comparison takes constant time for texts of one length.
 */
export async function openExtensionSecret(
  file: string,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<IsSecret> {
  const secret = await followFiles(() => readDigest(file), signal, onError);
  return (text) => timingSafeEqual(digestOf(text), secret.current());
}

async function readDigest(file: string): Promise<Buffer> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PluginError('FILE_UNREADABLE', `${flag} ${file} cannot be read: ${reasonOf(cause)}`, {
      hint: "mount the Secret with the same value as Argo CD's into the container",
      cause,
    });
  });
  const secret = text.replace(/\r?\n$/, '');
  if (form.test(secret)) return digestOf(secret);
  throw new PluginError(
    'FILE_UNREADABLE',
    `${flag} ${file} holds no secret: expected one line of 32 to 512 visible ASCII characters`,
    { hint: 'make one with `openssl rand -hex 32`' },
  );
}

/** Digests have equal length, which the comparison requires. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
