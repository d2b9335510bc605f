import type { Candidate, ToolsetClaim } from '../discovery/decision.ts';
import type { Spec } from '../settings/schema/index.ts';
import type { CredentialConfig } from '../settings/schema/credentials.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Data, DataMap, Path } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';
import { compareEntries } from '../lib/object-key.ts';

/** What toolsets may contain besides the addresses of backends. */
export interface CredentialPolicy {
  /** References that the consumer resolves, by toolset and config key. Only for trusted backends. */
  readonly credentials: Spec['credentials'];
  readonly isTrusted: (namespace: string) => boolean;
  readonly certificates: Spec['target']['certificates'];
  readonly clusterDomain: string;
}

/** A backend that the consumer cannot use as it is: printed disabled, or left out beside others that work. */
export interface Unusable extends Diagnostic {
  readonly code: 'CREDENTIAL_MISSING' | 'CERTIFICATE_UNTRUSTED';
  /** `namespace/name` of its Service. */
  readonly service: string;
  /** Names of the entries that contain it. */
  readonly entries: readonly string[];
  /** The message without its subject. */
  readonly why: string;
}

/** The consumer's toolsets for the admitted backends, before anything from Git is applied. */
export interface Generated {
  readonly file: ToolsetFile;
  readonly unusable: readonly Unusable[];
}

/** Backends of one entry. Git's files refer to the entry generated from `basis`; `others` are added afterwards. */
export interface EntryBackends {
  readonly basis: readonly Candidate[];
  readonly others: readonly Candidate[];
}

/** An entry made from `basis` alone: as generated, and with Git's changes. */
export interface CustomizedEntry {
  readonly generated: DataMap;
  readonly customized: DataMap;
  /** Whether Git's overrides set or remove the whole list under a key of `config`. */
  readonly isOverridden: (key: string) => boolean;
}

/** An entry with all of its backends, and the new places of parts that moved: paths from the entry. */
export interface JoinedEntry {
  readonly entry: DataMap;
  readonly moved: readonly { readonly from: Path; readonly to: Path }[];
}

/** A backend that the consumer cannot use, and why. */
export interface LackingBackend {
  readonly unusable: Unusable;
  readonly backend: Candidate;
}

/** The unusable backends that Git has repaired, and whether the entry can be enabled with them. */
export interface Repairs {
  readonly repaired: readonly Unusable[];
  readonly isUsable: boolean;
}

/** What an entry adds to each prompt of the consumer's model: number of tools and an estimate of the tokens. */
export interface EntryCost {
  readonly tools: number;
  readonly tokens: number;
}

/** The program that reads the toolsets: which ones it supports, and how they are written, read and checked. */
export interface Consumer {
  /** Name in messages: `HolmesGPT 0.45`. */
  readonly title: string;
  /** Where toolsets are in overrides.yaml: under these keys, or at the top of the file. */
  readonly sections: readonly Section[] | 'top';
  /** Whether templates of custom detectors are written in its format. */
  readonly usesTemplates: boolean;
  /** Which other file of the consumer a key at the top of overrides.yaml belongs to. */
  readonly otherFileOf?: (key: string) => OtherFile | null;
  /** Names in overrides that stand for several toolsets which one backend brings. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Whether this version has the toolset that a detector configures. */
  readonly supports: (candidate: ToolsetClaim) => boolean;
  /** Whether one of its toolsets can have several backends. */
  readonly supportsMultiple: (candidate: ToolsetClaim) => boolean;
  /** Whether it is told the label that a store uses for namespaces, and what selects this cluster. */
  readonly usesLabels: boolean;
  /** Names of the entries that contain a backend. */
  readonly entriesOf: (candidate: Candidate) => readonly string[];
  readonly generate: (admitted: readonly Candidate[], access: CredentialPolicy) => Generated;
  /** A generated entry without the parts that an override of its endpoint replaces. */
  readonly withoutDisplaced: (name: string, entry: Data, override: Data | undefined) => Data;
  /** Adds the other backends to an entry that Git changed. Where Git sets the backends, the entry stays unchanged. */
  readonly withOthers: (entry: CustomizedEntry, backends: EntryBackends, access: CredentialPolicy) => JoinedEntry;
  /** Which unusable backends Git's changes of an entry repair. */
  readonly repairsOf: (
    entry: Pick<CustomizedEntry, 'generated' | 'customized'>,
    lacking: readonly LackingBackend[],
    access: CredentialPolicy,
  ) => Repairs;
  /** Adapts generated parts that depend on whether Git keeps another entry. */
  readonly completed?: (final: ToolsetFile, generated: ToolsetFile) => ToolsetFile;
  /** Throws OUTPUT_INVALID if the consumer would not load the file. */
  readonly assertAccepted: (final: ToolsetFile) => void;
  /** The ConfigMap's data. `overrides` is the text of Git's overrides, for consumers that display it. */
  readonly data: (final: ToolsetFile, key: string, overrides: string | null) => Readonly<Record<string, string>>;
  /** Further objects to print beside the ConfigMap, in order. */
  readonly objects?: (final: ToolsetFile) => readonly DataMap[];
  /** Parses such data; `null` where it is not in the consumer's format. */
  readonly read: (data: Readonly<Record<string, string>>, key: string) => ToolsetFile | null;
  /** Whether a toolset of that name needs no definition in the file. */
  readonly isKnown: (section: Section, name: string) => boolean;
  /** Whether a Service could bring an entry of that name. */
  readonly isDiscoverable: (name: string) => boolean;
  /** Whether a toolset of that name is built in, in any release: no Service's name may expand to it. */
  readonly isBuiltIn: (name: string) => boolean;
  readonly isOnByDefault: (section: Section, name: string) => boolean;
  /** Whether the consumer enables such an entry. */
  readonly isEnabled: (section: Section, name: string, entry: Data) => boolean;
  /** Toolsets that are on without a backend, printed or enabled by the consumer itself, unless switched off. */
  readonly alwaysOn: readonly string[];
  /** Toolsets that the consumer enables by itself and that the file does not mention. */
  readonly implicitlyEnabled: (final: ToolsetFile) => readonly string[];
  /** Cost of an entry: zero if it is disabled, `null` if unknown. The function is `null` where no costs are known. */
  readonly costOf: ((section: Section, name: string, entry: Data) => EntryCost | null) | null;
  /** What the consumer would reject or silently ignore in an entry of that name, with paths into it. */
  readonly validateEntry: (section: Section, name: string, entry: DataMap) => readonly ConsumerIssue[];
  /** Entries of which the consumer would keep only one, or whose name differs from the one they declare. */
  readonly validateNames?: (file: ToolsetFile) => readonly NamedIssue[];
  /** Requests in such an entry that no backend can answer; with `null`, whatever is discovered. */
  readonly validateRequests: (
    section: Section,
    name: string,
    entry: DataMap,
    discovered: DiscoveredBackends | null,
  ) => readonly ConsumerIssue[];
  /** What the consumer would not accept of a credential in the settings under that name, with paths into it. */
  readonly validateCredential: (name: string, credential: CredentialConfig) => readonly ConsumerIssue[];
}

/** The values of the consumer's chart, or its own configuration file. */
export type OtherFile = 'values' | 'config';

/** The backends discovered for an entry, by its name. */
export type DiscoveredBackends = (entry: string) => readonly Candidate[];

/** A problem in an entry: the consumer does not understand it as intended. */
export interface ConsumerIssue {
  /** Keys from the entry to the problem; empty for the entry itself. */
  readonly path: readonly (string | number)[];
  readonly part: 'key' | 'value';
  /**
   * - `rejected`: it makes the toolset or the file fail
   * - `incomplete`: the toolset fails because something is missing that discovery may add
   * - `ignored`: it is silently ignored
   * - `unused`: it has no effect
   * - `misdirected`: requests go where nothing answers them
   */
  readonly effect: 'rejected' | 'incomplete' | 'ignored' | 'unused' | 'misdirected';
  /** For `incomplete`: the missing key, and whether another key in the entry requires it. */
  readonly missing?: string;
  readonly isPair?: true;
  /** The value only stands for another, as `$TOKEN` does, so that it is no secret itself. */
  readonly isPlaceholder?: true;
  readonly message: string;
  readonly hint: string;
}

/** An issue of the entry of that name. */
export interface NamedIssue {
  readonly section: Section;
  readonly name: string;
  readonly issue: ConsumerIssue;
}

/** The maps of a toolset file. `mcp_servers` is HolmesGPT's second one; other consumers leave it empty. */
export const sections = ['toolsets', 'mcp_servers'] as const;
export type Section = (typeof sections)[number];

/** The consumer's toolsets, by section and name. */
export interface ToolsetFile {
  readonly toolsets: DataMap;
  readonly mcp_servers: DataMap;
}

/** A file with these entries in each section. */
export function fileOf(entriesOf: (section: Section) => DataMap): ToolsetFile {
  return { toolsets: entriesOf('toolsets'), mcp_servers: entriesOf('mcp_servers') };
}

/** For consumers that enable every entry that is not disabled. */
export function isNotDisabled(_section: Section, _name: string, entry: Data): boolean {
  return isShown(entry);
}

/** Whether a consumer without disabled entries gets this one. */
export function isShown(entry: Data | undefined): entry is DataMap {
  return isMap(entry) && entry.enabled !== false;
}

/** These entries, by name. */
export function shownEntries(toolsets: DataMap): [name: string, entry: DataMap][] {
  return Object.entries(toolsets)
    .flatMap(([name, entry]): [string, DataMap][] => (isShown(entry) ? [[name, entry]] : []))
    .sort(compareEntries);
}

/** Reports keys with another name than the entry's, which is printed in any case. */
export function otherNames(
  { toolsets }: ToolsetFile,
  namesOf: (entry: string) => Readonly<Record<string, string | undefined>>,
): NamedIssue[] {
  return Object.entries(toolsets).flatMap(([name, entry]) => {
    if (!isShown(entry)) return [];
    return Object.entries(namesOf(name)).flatMap(([key, own]): NamedIssue[] => {
      const value = getOwn(entry, key) ?? undefined;
      if (value === undefined || value === own) return [];
      const message = `${key}: the name of the entry ${own === undefined ? 'has none' : `is ${JSON.stringify(own)}`}, and that is printed`;
      const hint = 'give the entry the name that you mean, or remove this key';
      return [{ section: 'toolsets', name, issue: { path: [key], part: 'value', effect: 'unused', message, hint } }];
    });
  });
}

/** Why a backend that refuses anonymous requests is useless, and what to do about it. */
export const noCredential =
  'answers only with a credential; name one in spec.credentials and trust its namespace in spec.trust.namespaces';

/** Diagnostic about something unusable, with the sentence for it. */
export function unusable({
  toolset,
  ...subject
}: Omit<Unusable, 'severity' | 'message'> & { readonly toolset: string }): Unusable {
  return { ...subject, severity: 'warning', message: `${toolset}: ${subject.service} ${subject.why}` };
}
