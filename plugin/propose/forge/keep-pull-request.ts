import type { Forge, ForgeAccess, PullRequest, PullRequestText } from './forge.ts';
import { gitea } from './gitea.ts';
import { gitHub } from './github.ts';
import { gitLab } from './gitlab.ts';

const forges = { github: gitHub, gitlab: gitLab, gitea } as const;

/** The API of a forge, for the pull requests of one branch. */
export function forgeOf(access: ForgeAccess): Forge {
  return forges[access.kind](access);
}

/** Identifies the proposal in the text of its pull request. */
function markerOf(digest: string): string {
  return `<!-- dynamic-toolset proposal ${digest} -->`;
}

const closedText = 'Closed by dynamic-toolset: the base matches discovery, so there is nothing left to propose.\n';

/** Whether people have closed the newest pull request for exactly this proposal without merging it. */
export function isDeclined(pulls: readonly PullRequest[], digest: string): boolean {
  const [newest] = pulls;
  return newest?.state === 'closed' && newest.body.includes(markerOf(digest));
}

/**
 * Makes one open pull request describe the proposal, and returns it. The text is only rewritten for a different
 * proposal, so that people's edits are kept.
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

/**
 * Closes open pull requests. The text says that no person did so, which allows the same change to be proposed again.
 */
export async function closePullRequests(forge: Forge, pulls: readonly PullRequest[]): Promise<PullRequest | null> {
  const open = pulls.filter(({ state }) => state === 'open');
  for (const pull of open) {
    const body = pull.body.replaceAll(/^<!-- dynamic-toolset proposal .*-->$/gm, '').trim();
    await forge.close(pull, { title: pull.title, body: `${closedText}\n${body}` });
  }
  return open[0] ?? null;
}
