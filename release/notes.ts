/**
 * The text below a version's heading in CHANGELOG.md. In a dry run, a version without a heading is the text under
 * Unreleased. Throws if there is none, or if it is empty.
 */
export function releaseNotes(changelog: string, version: string, isDryRun: boolean): string {
  const sections = changelog.split(/^## /m).slice(1);
  const titled = (title: string): string | undefined => sections.find((one) => one.split(/[\s\n]/, 1)[0] === title);
  const section = titled(version) ?? titled(`[${version}]`) ?? (isDryRun ? titled('Unreleased') : undefined) ?? '';
  const text = section.replace(/^.*\n/, '').trim();
  if (text === '') throw new Error(`CHANGELOG.md says nothing of ${version}: write it under "## ${version}"`);
  return `${text}\n`;
}
