import type { Generated, Section, ToolsetFile } from '../consumers/consumer.ts';
import { sections } from '../consumers/consumer.ts';
import { differences, pointerTo } from '../lib/data/json-pointer.ts';
import { getOwn } from '../lib/json.ts';
import { compare } from '../lib/object-key.ts';
import { locationOf } from './provenance.ts';
import type { Origin, Provenance } from './provenance.ts';

/** Files and lines in Git that changed toolsets: for people, and for the links of `serve`, which does not read Git. */
export const overridesAnnotation = 'kubernaut.io/toolset-overrides';

/** A part of a toolset or MCP server that Git changed, and where. */
export interface OverridePlace {
  readonly section: Section;
  readonly name: string;
  /** JSON Pointer into the entry; the empty one means the whole entry. */
  readonly pointer: string;
  /** Relative to the Application's path. */
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
}

/** Source of the annotation. */
export interface CustomizedFile {
  readonly generated: Generated;
  readonly final: ToolsetFile;
  readonly provenance: Pick<Provenance, 'sourceOf' | 'removalAt' | 'firstBelow'>;
}

/** A part that Git changed, before its line is looked up. */
interface Change extends Pick<OverridePlace, 'section' | 'name' | 'pointer'> {
  readonly source: Origin;
}

/** Maximum number of parts to look up in their files: each lookup is linear in the keys of a map. */
export const maxPlaces = 200;
/** Maximum length of the annotation. */
export const maxOverridesText = 4_000;
/** Maximum length of a line. */
const maxLine = 200;
/** Maximum length of the last line, which counts the rest. */
const maxRest = 30;

/** Path of a file in Git that is safe in a link and in a line of text. */
const fileForm = /^(?:[\w-][\w.-]*\/){0,20}[\w-][\w.-]{0,200}$/;

/**
 * The annotation of Git's changes, with at most `room` characters; none without changes. Under each file, in its order,
 * are lines `+LINES NAME POINTER`, where LINES counts from the previous place: an insertion into a file changes one
 * line of the annotation, not all that follow.
 */
export function overridesAnnotations(file: CustomizedFile, room: number): Readonly<Record<string, string>> {
  const { places, more } = placesIn(file);
  const lines: string[] = [];
  let [rest, left] = [more, Math.min(room, maxOverridesText) - maxRest];
  let last: Pick<OverridePlace, 'file' | 'line'> = { file: '', line: 0 };
  for (const place of places.toSorted(byPlace)) {
    const isSame = place.file === last.file;
    const { section, name, pointer, line } = place;
    const words = [...(section === 'toolsets' ? [] : [section]), name, ...(pointer === '' ? [] : [pointer])];
    const text = `  +${String(line - (isSame ? last.line : 0))} ${words.join(' ')}`;
    const added = isSame ? [text] : [`${place.file}:`, text];
    const length = added.join('\n').length + 1;
    if (!/^[ -~]*$/.test(text) || text.length > maxLine || length > left) {
      rest += 1;
      continue;
    }
    lines.push(...added);
    left -= length;
    last = place;
  }
  if (lines.length === 0) return {};
  return { [overridesAnnotation]: [...lines, ...(rest > 0 ? [`and ${String(rest)} more`] : [])].join('\n') };
}

function placesIn(file: CustomizedFile): { readonly places: readonly OverridePlace[]; readonly more: number } {
  const places: OverridePlace[] = [];
  let more = 0;
  for (const { source, ...changed } of changesIn(file)) {
    if (places.length < maxPlaces) places.push({ ...changed, ...placeOf(source) });
    else more += 1;
  }
  return { places, more };
}

function placeOf(source: Origin): Pick<OverridePlace, 'file' | 'line'> {
  const { file, line } = locationOf(source);
  return { file, line };
}

/** The parts that Git changed, section by section, with their origins. */
function* changesIn({ generated, final, provenance }: CustomizedFile): Iterable<Change> {
  for (const section of sections) {
    const [before, after] = [generated.file[section], final[section]];
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    const changed = names.flatMap((name) =>
      differences(getOwn(before, name), getOwn(after, name)).map((path) => ({ name, path })),
    );
    for (const { name, path } of changed) {
      const whole = [section, name, ...path];
      const source = provenance.removalAt(whole) ?? provenance.sourceOf(whole) ?? provenance.firstBelow(whole);
      if (source && fileForm.test(source.file.name)) yield { section, name, pointer: pointerTo(path), source };
    }
  }
}

function byPlace(a: OverridePlace, b: OverridePlace): number {
  return compare(a.file, b.file) || a.line - b.line || compare(a.name, b.name) || compare(a.pointer, b.pointer);
}

/** Parses the output of `overridesAnnotations`. It is untrusted: anyone who can write the ConfigMap can set it. */
export function readOverridePlaces(annotations: Readonly<Record<string, string>>): readonly OverridePlace[] {
  const text = (annotations[overridesAnnotation] ?? '').slice(0, maxOverridesText);
  const places: OverridePlace[] = [];
  let [file, line] = ['', 0];
  for (const one of text.split('\n', maxOverridesText)) {
    const [, lines, section, name, pointer = ''] =
      /^ {2}\+(\d{1,7}) (?:(mcp_servers) )?([!-~][ -~]*?)(?: (\/[ -~]*))?$/.exec(one) ?? [];
    if (lines === undefined || name === undefined) {
      [file, line] = [one.endsWith(':') && fileForm.test(one.slice(0, -1)) ? one.slice(0, -1) : '', 0];
      continue;
    }
    line += Number(lines);
    if (file === '') continue;
    places.push({ section: section === undefined ? 'toolsets' : 'mcp_servers', name, pointer, file, line });
  }
  return places;
}
