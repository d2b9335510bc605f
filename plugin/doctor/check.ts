/** What is looked at, in the order in which one thing rests on the other. */
export const checkNames = [
  'plugin',
  'access',
  'application',
  'self-heal',
  'generation',
  'sync',
  'consumer',
  'reload',
  'serve',
] as const;
export type CheckName = (typeof checkNames)[number];

/** What came of looking at one thing. */
export interface Check {
  readonly check: CheckName;
  /** Kind and name: `Application argocd/holmesgpt-toolsets`. */
  readonly subject: string;
  /** `unknown`: whoever asked may not look. */
  readonly status: 'ok' | 'problem' | 'unknown';
  /** One sentence. */
  readonly message: string;
  /** Commands that mend it, to be pasted; those that begin with `manifests/` paths run in a checkout of this repository. */
  readonly fix: readonly string[];
}

/** What is right. */
export function ok(check: CheckName, subject: string, message: string): Check {
  return { check, subject, status: 'ok', message, fix: [] };
}

/** What is wrong, with the commands that mend it. */
export function problem(check: CheckName, subject: string, message: string, ...fix: readonly string[]): Check {
  return { check, subject, status: 'problem', message, fix };
}

/** An argument of a command as a shell takes it, whatever stands in it. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
