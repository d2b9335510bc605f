import { parameters as all } from '../settings/application-parameters/definitions.ts';
import type { Parameter } from '../settings/application-parameters/definitions.ts';
import { loadSettings } from '../settings/settings.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { Flags } from './flags/flags.ts';
import type { CommandOutput } from './command.ts';
import { gitReader } from './git-readers.ts';

/** What Argo CD's UI shows for one parameter: the value in effect until the Application sets one. */
interface ParameterAnnouncement {
  readonly name: string;
  readonly title: string;
  readonly tooltip: string;
  readonly collectionType: Parameter['collection'];
  readonly string?: string;
  readonly array?: readonly string[];
  readonly map?: Readonly<Record<string, string>>;
}

/**
 * The parameter announcement of Argo CD, offline. The Application's own parameters are left out: the UI shows them
 * itself, and if one of them is wrong, this list is needed to fix it.
 */
export async function parameters(flags: Flags<'path' | 'deadline'>): Promise<CommandOutput> {
  const { spec } = await loadSettings(await gitReader(flags), { ...flags.application, parameters: undefined });
  return { text: `${JSON.stringify(all.map((parameter) => announcementOf(parameter, spec)))}\n`, warnings: [] };
}

function announcementOf(
  { name, title, collection, valueIn }: Parameter,
  spec: ToolsetConfig['spec'],
): ParameterAnnouncement {
  const tooltip = `spec.${name} of toolset.yaml`;
  return { name, title, tooltip, collectionType: collection, [collection]: valueIn(spec) };
}
