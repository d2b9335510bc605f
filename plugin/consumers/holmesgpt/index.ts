import type { Data } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import type { Consumer } from '../consumer.ts';
import { sections } from '../consumer.ts';
import type { Upgrade } from '../upgrade.ts';
import { currentName, enabledByDefault, knownToolset, newest, oldest, toolsets } from './catalog.ts';
import { costOf } from './cost.ts';
import { assertAccepted, parseFile, toFileData } from './file-format.ts';
import { generate, alwaysPrintedEntries } from './generate.ts';
import { withOthers } from './join.ts';
import { otherFileOf } from './other-files.ts';
import { upgradeBetween } from './releases/upgrade.ts';
import { credentialIssues } from './credentials/validate.ts';
import { repairsOf } from './credentials/repairs.ts';
import { validateEntry } from './validate/entry.ts';
import { nameIssues } from './validate/names.ts';
import { proxyIssues } from './validate/grafana-proxy.ts';
import {
  builtInSpecOf,
  entriesOf,
  isDiscoverable,
  supportsMultiple,
  toolsetSpecOf,
  urlKeyOf,
} from './toolset-specs.ts';
import { storesEntry } from './stores/instructions.ts';
import { isEnabled } from './validate/enabled.ts';
import { merge } from '../../lib/data/merge-patch.ts';
import { renderYaml } from '../../lib/data/yaml-writer.ts';

/**
 * HolmesGPT of a release such as `0.45`: https://github.com/HolmesGPT/holmesgpt. `isSwitchedOff` tells whether a
 * toolset that is on without a backend is to be off.
 */
export function holmesgpt(version: string, isSwitchedOff: (name: string) => boolean = () => false): Consumer {
  const minor = minorOf(version);
  const byDefault = enabledByDefault(minor);
  const alwaysPrinted = alwaysPrintedEntries(byDefault, isSwitchedOff);
  return {
    title: `HolmesGPT ${version}`,
    sections,
    usesTemplates: true,
    otherFileOf,
    groups: { elasticsearch: entriesOf('elasticsearch/data') },
    supports: (candidate) => toolsetSpecOf(candidate).since <= minor,
    supportsMultiple: (candidate) => supportsMultiple(toolsetSpecOf(candidate), minor),
    usesLabels: true,
    entriesOf: ({ toolset }) => entriesOf(toolset),
    generate: (admitted, access) => generate(admitted, { minor, access }, alwaysPrinted),
    withoutDisplaced: (name, entry, override) => withoutDisplaced(name, entry, override, minor),
    withOthers: (entry, backends, access) => withOthers(entry, backends, { minor, access }),
    repairsOf: (entry, lacking, access) => repairsOf(entry, lacking, { minor, access }),
    assertAccepted,
    data: (final, key) => ({ [key]: renderYaml(toFileData(final)) }),
    read: (data, key) => parseFile(getOwn(data, key)),
    isKnown: (section, name) => section === 'toolsets' && (name === storesEntry || knownToolset(name, minor) !== null),
    isDiscoverable,
    isBuiltIn: (name) => name === storesEntry || Object.hasOwn(toolsets, name) || builtInSpecOf(name) !== null,
    isOnByDefault: (section, name) =>
      section === 'toolsets' && (knownToolset(name, minor)?.byDefault ?? Infinity) <= minor,
    alwaysOn: ['kubernetes/core', ...byDefault],
    implicitlyEnabled: ({ toolsets: entries }) => {
      const written = new Set(Object.keys(entries).map((name) => currentName(name, minor)));
      return byDefault.filter((name) => !written.has(name));
    },
    isEnabled: (section, name, entry) => isEnabled(section, name, entry, minor),
    costOf: (section, name, entry) => costOf(section, name, entry, minor),
    validateEntry: (section, name, entry) => validateEntry(section, name, entry, minor),
    validateNames: (file) => nameIssues(file, minor, `HolmesGPT ${version}`),
    validateRequests: (section, name, entry, discovered) => proxyIssues(section, name, entry, minor, discovered),
    validateCredential: (name, credential) => credentialIssues(name, credential, minor),
  };
}

/** What differs in another release: renamed, added and removed toolsets, and those enabled by default. */
export function upgradeOfHolmesgpt(from: string, to: string): Upgrade {
  return upgradeBetween({ from: minorOf(from), to: minorOf(to) });
}

/** Whether a release is among those that the catalogue was read from, and which these are. */
export function supported(version: string): SupportedReleases {
  const [first, last] = [minorOf(oldest), minorOf(newest)];
  const isRelease = /^0\.\d{1,3}(\.\d{1,3})?$/.test(version);
  const age = minorOf(version) < first ? 'older' : minorOf(version) > last ? 'newer' : 'known';
  return {
    isSupported: isRelease && age === 'known',
    age,
    newest: `0.${String(last)}`,
    range: `0.${String(first)} to 0.${String(last)}`,
  };
}

interface SupportedReleases {
  readonly isSupported: boolean;
  readonly age: 'older' | 'known' | 'newer';
  readonly newest: string;
  readonly range: string;
}

/** Minor release of 0.x; infinity for 1.0 and later. */
export function minorOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 0 ? Infinity : minor;
}

/**
 * HolmesGPT prefers `instances` to a URL beside them, so an override that sets the URL removes them. Conversely, for an
 * override that sets `instances`, the single backend in `config` becomes one of them.
 */
function withoutDisplaced(name: string, entry: Data, override: Data | undefined, minor: number): Data {
  if (!isMap(entry) || !isMap(entry.config) || !isMap(override) || !isMap(override.config)) return entry;
  const urlKey = urlKeyOf(name, minor);
  if ('instances' in override.config) {
    return Object.hasOwn(entry.config, urlKey) ? { ...entry, config: { instances: [entry.config] } } : entry;
  }
  if (typeof getOwn(override.config, urlKey) !== 'string') return entry;
  return { ...entry, config: merge(entry.config, { instances: null }) };
}
