import { compare } from '../../lib/object-key.ts';
import { wordsOf } from '../first-question/remembered.ts';
import type { Source } from './previous-sources.ts';
import { maxLearned } from './previous-sources.ts';
import { trustedFirst } from './ranking.ts';

/**
 * Drops what stores told for sources that exceed the room for it. Trusted sources come first, in their order, then the
 * other namespaces in turns, so that none takes another one's room.
 */
export function limitLearnedFacts(
  sources: readonly Source[],
  isTrusted: (namespace: string) => boolean,
): readonly Source[] {
  const byCandidate = new Map(sources.map((source) => [source.candidate, source]));
  // The next run reads sources grouped by toolset: sorted here, so that the result is the same then.
  const byToolset = [...byCandidate.keys()].sort((a, b) => compare(a.toolset, b.toolset));
  const inOrder = trustedFirst(byToolset, isTrusted).flatMap((one) => byCandidate.get(one) ?? []);
  const forgetful = new Set<Source>();
  let room = maxLearned;
  for (const source of inOrder) {
    const { learned } = source.candidate;
    if (learned === undefined) continue;
    const length = wordsOf(learned).join(' ').length + 1;
    if (length > room) forgetful.add(source);
    else room -= length;
  }
  return sources.map((source) => (forgetful.has(source) ? { ...source, forgets: true } : source));
}
