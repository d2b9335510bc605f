import { codeUrl } from '../plugin/lib/messages/docs-url.ts';
import { format } from 'prettier';
import { bugExitCode, exitCodes } from '../plugin/lib/codes.ts';
import { problems } from '../plugin/serve/http/problem.ts';
import type { CodeText } from './code-texts.ts';
import { errorTexts, problemTexts, warningTexts } from './code-texts.ts';
import { markdownTable } from './markdown.ts';

/** docs/errors.md: every code of an error, a warning and an HTTP API problem, with cause, remedy and guide. */
export async function errorGuide(): Promise<string> {
  const text = [
    opening,
    exitTable(),
    behindTable,
    ...Object.entries(errorTexts).map(section),
    aboutWarnings,
    ...Object.entries(warningTexts).map(section),
    aboutProblems,
    ...Object.entries(problemTexts).map(problemSection),
  ].join('\n\n');
  return format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'always' });
}

function section([name, { means, shown, remedy, guide }]: readonly [string, CodeText]): string {
  return `## ${name}

- **Means:** ${means}
- **Shown:** ${shown}
- **Do:** ${remedy}
- **Read:** [${guide}](${guide})`;
}

function problemSection([name, { means, remedy }]: readonly [string, Pick<CodeText, 'means' | 'remedy'>]): string {
  const { status } = problems[name as keyof typeof problems];
  return `## ${name}

- **Status:** ${String(status)}
- **Means:** ${means}
- **Do:** ${remedy}`;
}

function exitTable(): string {
  const byExit = Map.groupBy(Object.entries(exitCodes), ([, exit]) => exit);
  const rows = [...byExit].map(([exit, entries]) => [
    String(exit),
    entries.map(([code]) => code).join(', '),
    exitMeanings[exit],
  ]);
  return markdownTable(
    ['Exit', 'Codes', 'Meaning'],
    [['0', '', 'done'], ...rows, [String(bugExitCode), 'BUG', 'a bug in dynamic-toolset']],
  );
}

const exitMeanings = {
  2: 'an error in the input',
  3: 'a missing permission',
  4: 'a failure of the cluster or the network',
  5: 'refused on purpose',
} as const satisfies Record<(typeof exitCodes)[keyof typeof exitCodes], string>;

const opening = `# Errors

<!-- Made by \`npm run docs\` from docs/code-texts.ts: change it there. -->

An error says what failed, where, and what to do next. The program then prints no manifest at all, so Argo CD keeps
what is in the cluster and prunes nothing. There is no hurry: HolmesGPT continues with the ConfigMap that it has.

In Argo CD the Application shows sync status \`Unknown\` and the condition \`ComparisonError\`. Its text is long. The
plugin's part is at the end: what failed and where, what to do, and the code with its page:

\`\`\`
Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: … exit status 2:
Error: toolset.yaml:4:3 spec: unknown key "discvery", did you mean "discovery"?
docs/settings.md lists every setting of toolset.yaml
SETTINGS_INVALID: ${codeUrl('SETTINGS_INVALID')}
\`\`\`

\`kubectl -n argocd get application NAME -o jsonpath='{.status.conditions}'\` prints the same. Each code is a heading below. A commit fixes errors in Git. After you fix anything
else, request a hard refresh (\`argocd app get NAME --hard-refresh\`): Argo CD caches failures, and a normal refresh
may return the old one. A terminal shows the same text; elsewhere the error is one line of JSON with \`code\`,
\`message\` and \`hint\`.`;

const behindTable = `Exit code 1 is not an error: \`validate\` or \`doctor\` found something, \`diff\` a difference, or \`adopt\` an edit that it cannot
express.`;

const aboutWarnings = `# Warnings

A warning stops nothing: the manifest is still printed, and the ConfigMap lists its warnings in the annotation
\`kubernaut.io/toolset-warnings\`. Their codes follow.`;

const aboutProblems = `# Problems of the HTTP API

Every error response of [the API](api.md) is \`application/problem+json\` (RFC 9457). \`type\` is a stable identifier:
\`https://toolset.kubernaut.ai/problems/\` and a heading of this page; like the API group of toolset.yaml it is a name, not an
address. \`title\` and \`detail\` are for people and may change: \`detail\` says what is wrong with this request, and the limit or
the next step. \`errors\` lists the invalid parts of the request.`;
