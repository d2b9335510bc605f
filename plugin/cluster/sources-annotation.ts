/** Says which Service each toolset came from: for people, and as health's memory of admitted backends. */
export const sourcesAnnotation = 'kubernaut.io/toolset-sources';

/** Notes in a line that people should know about. */
export const sourceNotes = {
  credential: 'needs-credential',
  tenant: 'needs-tenant',
  evicted: 'evicted',
  unproved: 'not-proved',
} as const;

/** One line: a backend of a toolset. */
export interface SourceLine {
  readonly toolset: string;
  /** `namespace/name` */
  readonly service: string;
  readonly url: string;
  readonly words: readonly string[];
}

/** The lines of the annotation, in order. Anything else, such as a hand edit may leave, is skipped. */
export function sourceLines(annotations: Readonly<Record<string, string>>): readonly SourceLine[] {
  const lines: SourceLine[] = [];
  let toolset = '';
  for (const line of (annotations[sourcesAnnotation] ?? '').split('\n')) {
    const [service = '', url = '', ...words] = line.trim().split(' ');
    if (!line.startsWith(' ')) toolset = line.endsWith(':') ? line.slice(0, -1) : '';
    else if (toolset !== '' && service.includes('/')) lines.push({ toolset, service, url, words });
  }
  return lines;
}
