import { sourceLines, sourceNotes } from '../../../../cluster/sources-annotation.ts';
import type { SourceLine } from '../../../../cluster/sources-annotation.ts';
import { readWarnings } from '../../../../customizations/warnings-annotation.ts';
import type { AnnotationWarning } from '../../../../customizations/warnings-annotation.ts';
import type { Annotations } from './argo-cd.ts';

/** A backend that a generated ConfigMap names as the source of a toolset. */
export interface Source extends Pick<SourceLine, 'toolset' | 'service' | 'url'> {
  /** Notes for people. */
  readonly remarks: readonly string[];
}

/** The content of a generated ConfigMap's annotations, as of its last sync. */
export interface AnnotationContent {
  readonly sources: readonly Source[];
  /** Number of all sources, including those left out here. */
  readonly total: number;
  /** Number of these that are in the ConfigMap: the others were unhealthy for too long. */
  readonly selected: number;
  readonly warnings: readonly AnnotationWarning[];
}

/** Most sources shown, and most characters of each text. */
const maxSources = 200;
const maxText = 300;

/** Parses the annotations, which are untrusted: any writer of the ConfigMap can set them. */
export function parseAnnotations(annotations: Annotations): AnnotationContent {
  // A backend without proof was never a source.
  const lines = sourceLines(annotations).filter(({ words }) => !words.includes(sourceNotes.unproved));
  return {
    sources: lines.slice(0, maxSources).map(sourceOf),
    total: lines.length,
    selected: lines.filter(({ words }) => !words.includes(sourceNotes.evicted)).length,
    warnings: readWarnings(annotations),
  };
}

function sourceOf({ toolset, service, url, words }: SourceLine): Source {
  const has = (note: keyof typeof sourceNotes): boolean => words.includes(sourceNotes[note]);
  return {
    toolset: shown(toolset),
    service: shown(service),
    url: shown(url),
    remarks: [
      ...(has('evicted') ? ['left out: unready for too long'] : []),
      ...(has('tenant') ? ['needs a tenant'] : []),
      ...(has('credential') ? ['needs a credential'] : []),
    ],
  };
}

function shown(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}
