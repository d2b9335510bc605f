import { digest } from './target.ts';

/** What a commit of ours records about itself, in its last lines. */
const trailers = { base: 'Toolset-Base', seal: 'Toolset-Seal' } as const;

/** The relevant parts of a commit on our branch. */
export interface SealedCommit {
  /** Blob of the file in the parent commit; `none` if there was no file. */
  readonly baseBlob: string;
  readonly parent: string;
}

/** The parts of a commit that a seal covers. */
interface SealedContent {
  readonly tree: string;
  readonly parent: string;
  readonly baseBlob: string;
  readonly message: string;
}

/**
 * The message with the trailers that identify the commit as made by this program and unchanged since: a further commit,
 * an amended one, another message or another parent lacks a matching seal. It is not a signature: it keeps the program
 * from overwriting people's work, and proves nothing to anyone.
 */
export function sealedMessage(parts: SealedContent): string {
  return `${parts.message.trimEnd()}\n\n${trailers.base}: ${parts.baseBlob}\n${trailers.seal}: ${sealOf(parts)}\n`;
}

function sealOf({ tree, parent, baseBlob, message }: SealedContent): string {
  return digest(JSON.stringify([tree, parent, baseBlob, message.trimEnd()]));
}

/** The content of a commit's seal; `null` if it does not match, because someone else has made or changed the commit. */
export function readSealed(commitText: string): SealedCommit | null {
  const end = commitText.indexOf('\n\n');
  const headers = commitText.slice(0, end);
  const text = commitText.slice(end + 2);
  const [, tree = ''] = /^tree ([0-9a-f]+)$/m.exec(headers) ?? [];
  const parents = [...headers.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, oid = '']) => oid);
  const form = new RegExp(`^(.*)\\n\\n${trailers.base}: (\\w+)\\n${trailers.seal}: (\\S+)\\n$`, 's');
  const [, message = '', baseBlob = '', seal = ''] = form.exec(text) ?? [];
  const [parent = ''] = parents;
  if (parents.length !== 1 || seal !== sealOf({ tree, parent, baseBlob, message })) return null;
  return { baseBlob, parent };
}
