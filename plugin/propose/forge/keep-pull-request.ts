import type { Forge, ForgeAccess, PullRequest, PullRequestText } from './forge.ts';
import { gitea } from './gitea.ts';
import { gitHub } from './github.ts';
import { gitLab } from './gitlab.ts';

const forges = { github: gitHub, gitlab: gitLab, gitea } as const;

/** The API of a forge, for the pull requests of one branch. */
export function forgeOf(access: ForgeAccess): Forge {
  return forges[access.kind](access);
}

/** Names the proposal in the text of its pull request. */
function markerOf(digest: string): string {
  return `<!-- dynamic-toolset proposal ${digest} -->`;
}

const closedText =
  'Closed by dynamic-toolset: the base says what discovery says, so there is nothing left to propose.\n';

/** Whether people have closed the newest pull request with this very proposal, and merged it not. */
export function isDeclined(pulls: readonly PullRequest[], digest: string): boolean {
  const [newest] = pulls;
  return newest?.state === 'closed' && newest.body.includes(markerOf(digest));
}

/**
 * Has one open pull request say what is proposed, and answers it. Its text is written again where it is about another
 * proposal alone: an edit by people stays.
 */
export async function keepPullRequest(
  forge: Forge,
  pulls: readonly PullRequest[],
  digest: string,
  { title, body }: PullRequestText,
): Promise<PullRequest> {
  const text = { title, body: `${markerOf(digest)}\n${body}` };
  const open = pulls.find(({ state }) => state === 'open');
  if (!open) return forge.create(text);
  if (!open.body.includes(markerOf(digest))) await forge.update(open, text);
  return open;
}

/** Closes what is open. The text says that no person did: the same change may be proposed again. */
export async function closePullRequests(forge: Forge, pulls: readonly PullRequest[]): Promise<PullRequest | null> {
  const open = pulls.filter(({ state }) => state === 'open');
  for (const pull of open) {
    const body = pull.body.replaceAll(/^<!-- dynamic-toolset proposal .*-->$/gm, '').trim();
    await forge.update(pull, { title: pull.title, body: `${closedText}\n${body}` });
    await forge.close(pull);
  }
  return open[0] ?? null;
}
