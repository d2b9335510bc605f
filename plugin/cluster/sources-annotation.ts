/** Says which Service each toolset came from: for people, and as health's memory of what is admitted. */
export const sourcesAnnotation = 'kubernaut.io/toolset-sources';

/** Words of a line that people should know of. */
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

/** The lines of the annotation, in their order. What says something else, as a hand edit may leave it, is passed over. */
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
