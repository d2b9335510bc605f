import type { FileDiagnostic } from '../../../plugin/lib/diagnostic.ts';

/** Entries, by `section/name`, that a finding is about; the file itself where it is of no use. */
export function entriesNamed(text: string, findings: readonly FileDiagnostic[]): string[] {
  const lines = text.split('\n');
  // What ends the load of the file leaves nothing else to say.
  if (findings.some(({ code, message }) => code === 'OVERRIDES_INVALID' || message.includes('does not load the file')))
    return ['file'];
  const names = findings
    .filter(({ severity, code }) => severity !== 'note' && code !== 'SECRET_INLINE' && code !== 'YAML_AMBIGUOUS')
    .map(({ location }) => entryAt(lines, location.line - 1));
  return [...new Set(names)].sort();
}

function entryAt(lines: readonly string[], line: number): string {
  const before = lines.slice(0, line + 1);
  const name = before.findLast((one) => /^ {2}[^ #-]/.test(one)) ?? '';
  const section = before.findLast((one) => /^[^ #]/.test(one)) ?? '';
  const [, key = name] = /^ {2}("?[^:]+"?):/.exec(name) ?? [];
  return `${section.split(':')[0] ?? ''}/${key.replaceAll('"', '')}`;
}
