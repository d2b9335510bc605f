import type { Candidate, ToolsetClaim } from '../discovery/decision.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { CredentialConfig } from '../settings/schema/credentials.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Data, DataMap, Path } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';

/** What may be printed into a toolset, besides where its backends are. */
export interface CredentialPolicy {
  /** References that the consumer resolves, by toolset and key of its config. Only for backends that are trusted. */
  readonly credentials: ToolsetConfig['spec']['credentials'];
  readonly isTrusted: (namespace: string) => boolean;
  readonly certificates: ToolsetConfig['spec']['target']['certificates'];
  readonly clusterDomain: string;
}

/** A backend that the consumer could not use as things are: printed disabled, or left out beside others that work. */
export interface Unusable extends Diagnostic {
  readonly code: 'CREDENTIAL_MISSING' | 'CERTIFICATE_UNTRUSTED';
  /** `namespace/name` of its Service. */
  readonly service: string;
  /** Names of the entries that it stands in. */
  readonly entries: readonly string[];
  /** The message without its subject. */
  readonly why: string;
}

/** The consumer's toolsets for what was admitted, before anything from Git. */
export interface Generated {
  readonly file: ToolsetFile;
  readonly unusable: readonly Unusable[];
}

/** Backends of one entry: Git's files are written against what `basis` gives, and `others` are added to that. */
export interface EntryBackends {
  readonly basis: readonly Candidate[];
  readonly others: readonly Candidate[];
}

/** An entry of `basis` alone: as it was generated, and with Git's changes. */
export interface CustomizedEntry {
  readonly generated: DataMap;
  readonly customized: DataMap;
  /** Whether Git's overrides say what the whole list under a key of `config` is, or remove it. */
  readonly isOverridden: (key: string) => boolean;
}

/** An entry with all of its backends, and where parts of it stand now: paths from the entry. */
export interface JoinedEntry {
  readonly entry: DataMap;
  readonly moved: readonly { readonly from: Path; readonly to: Path }[];
}

/** A backend, and what it lacks. */
export interface LackingBackend {
  readonly unusable: Unusable;
  readonly backend: Candidate;
}

/** Which of them Git has given what they lacked, and whether the entry can be enabled with these. */
export interface Repairs {
  readonly repaired: readonly Unusable[];
  readonly isUsable: boolean;
}

/** What an entry adds to each prompt of the consumer's model: the number of tools, and an estimate of the tokens. */
export interface EntryCost {
  readonly tools: number;
  readonly tokens: number;
}

/** Whom the toolsets are for: which it knows, how it wants them written, and how it reads them. */
export interface Consumer {
  /** For people: `HolmesGPT 0.45`. */
  readonly title: string;
  /** Where its toolsets stand in overrides.yaml: under these keys, or at the top of the file. */
  readonly sections: readonly Section[] | 'top';
  /** Whether templates of custom detectors are in its form. */
  readonly usesTemplates: boolean;
  /** Names in overrides that stand for several toolsets, which one backend brings. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Whether this version has the toolset that a detector configures. */
  readonly supports: (candidate: ToolsetClaim) => boolean;
  /** Whether one toolset of it takes several backends. */
  readonly supportsMultiple: (candidate: ToolsetClaim) => boolean;
  /** Whether it is told what a store calls a namespace, and what selects this cluster. */
  readonly usesLabels: boolean;
  /** Names of the entries that a backend appears in. */
  readonly entriesOf: (candidate: Candidate) => readonly string[];
  readonly generate: (admitted: readonly Candidate[], access: CredentialPolicy) => Generated;
  /** A generated entry without what an override of its endpoint takes the place of. */
  readonly withoutDisplaced: (name: string, entry: Data, override: Data | undefined) => Data;
  /** Adds the others to an entry that Git changed. Where Git says what the backends are, it stays as it is. */
  readonly withOthers: (entry: CustomizedEntry, backends: EntryBackends, access: CredentialPolicy) => JoinedEntry;
  /** What Git's changes of an entry do for backends that could not be used as things were. */
  readonly repairsOf: (
    entry: Pick<CustomizedEntry, 'generated' | 'customized'>,
    lacking: readonly LackingBackend[],
    access: CredentialPolicy,
  ) => Repairs;
  /** Fails with OUTPUT_INVALID where it would not load the file. */
  readonly assertAccepted: (final: ToolsetFile) => void;
  /** The ConfigMap's data. `overrides` is the text of Git's overrides, where the consumer wants to see it. */
  readonly data: (final: ToolsetFile, key: string, overrides: string | null) => Readonly<Record<string, string>>;
  /** What is printed beside the ConfigMap: objects of its own, in order. */
  readonly objects?: (final: ToolsetFile) => readonly DataMap[];
  /** What such data says; `null` where it is not in the consumer's form. */
  readonly read: (data: Readonly<Record<string, string>>, key: string) => ToolsetFile | null;
  /** Whether it has a toolset of that name without being told what it is. */
  readonly isKnown: (section: Section, name: string) => boolean;
  /** Whether a Service could bring an entry of that name. */
  readonly isDiscoverable: (name: string) => boolean;
  /** Whether a toolset of that name is built in, in any release: no name of a Service may become it. */
  readonly isBuiltIn: (name: string) => boolean;
  readonly isOnByDefault: (section: Section, name: string) => boolean;
  /** Whether it enables what such an entry says. */
  readonly isEnabled: (section: Section, name: string, entry: Data) => boolean;
  /** Toolsets that are on without a backend, printed or enabled by the consumer itself, unless they are switched off. */
  readonly standing: readonly string[];
  /** Toolsets that the consumer enables by itself, and of which such a file says nothing. */
  readonly onBesides: (final: ToolsetFile) => readonly string[];
  /** What such an entry costs: nothing where it is disabled, `null` where that is not known. `null` where no cost is known. */
  readonly costOf: ((section: Section, name: string, entry: Data) => EntryCost | null) | null;
  /** What it would refuse, or pass over in silence, in an entry of that name: pointers into it, and why. */
  readonly validateEntry: (section: Section, name: string, entry: DataMap) => readonly ConsumerIssue[];
  /** Entries of which it would keep one alone, or whose name is not what they say, where it has such. */
  readonly validateNames?: (file: ToolsetFile) => readonly NamedIssue[];
  /** What of such an entry would be asked of a backend that cannot answer it; with `null` whatever is discovered. */
  readonly validateRequests: (
    section: Section,
    name: string,
    entry: DataMap,
    discovered: DiscoveredBackends | null,
  ) => readonly ConsumerIssue[];
  /** What it would not take of a credential that the settings have under that name: pointers into the credential. */
  readonly validateCredential: (name: string, credential: CredentialConfig) => readonly ConsumerIssue[];
}

/** The backends that were discovered for an entry, by its name. */
export type DiscoveredBackends = (entry: string) => readonly Candidate[];

/** Something in an entry that the consumer does not take as it was meant. */
export interface ConsumerIssue {
  /** Keys from the entry to what it is about; the empty one is the entry itself. */
  readonly path: readonly (string | number)[];
  readonly part: 'key' | 'value';
  /**
   * - `rejected`: it fails the toolset or the file
   * - `incomplete`: it fails for what is missing, which discovery may add
   * - `ignored`: it is passed over in silence
   * - `unused`: it changes nothing
   * - `misdirected`: its requests go where nothing answers them
   */
  readonly effect: 'rejected' | 'incomplete' | 'ignored' | 'unused' | 'misdirected';
  /** The key that is missing, for `incomplete`; and whether another one that is there asks for it. */
  readonly missing?: string;
  readonly isPair?: true;
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

/** Of a consumer that enables whatever is not disabled. */
export function isNotDisabled(_section: Section, _name: string, entry: Data): boolean {
  return isMap(entry) && entry.enabled !== false;
}

/** Keys of entries that say another name than that of the entry, which is printed in any case. */
export function otherNames(
  { toolsets }: ToolsetFile,
  namesOf: (entry: string) => Readonly<Record<string, string | undefined>>,
): NamedIssue[] {
  return Object.entries(toolsets).flatMap(([name, entry]) => {
    if (!isMap(entry) || entry.enabled === false) return [];
    return Object.entries(namesOf(name)).flatMap(([key, own]): NamedIssue[] => {
      const value = getOwn(entry, key) ?? undefined;
      if (value === undefined || value === own) return [];
      const message = `${key}: the name of the entry ${own === undefined ? 'has none' : `is ${JSON.stringify(own)}`}, and that is printed`;
      const hint = 'give the entry the name that you mean, or remove this key';
      return [{ section: 'toolsets', name, issue: { path: [key], part: 'value', effect: 'unused', message, hint } }];
    });
  });
}

/** Why a backend that refuses anonymous questions is of no use, and what to do. */
export const noCredential =
  'answers only with a credential; name one in spec.credentials and trust its namespace in spec.trust.namespaces';

/** What cannot be used, with the sentence that says so. */
export function unusable({
  toolset,
  ...subject
}: Omit<Unusable, 'severity' | 'message'> & { readonly toolset: string }): Unusable {
  return { ...subject, severity: 'warning', message: `${toolset}: ${subject.service} ${subject.why}` };
}
