import type { Consumer, ToolsetFile } from '../../consumers/consumer.ts';
import { oldLineEndIn, parseData } from '../../lib/data/yaml11-reader.ts';
import { valueAt } from '../../lib/data/json-pointer.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import type { DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { shortened } from '../../lib/messages/text.ts';
import { parseYamlFile } from '../../settings/yaml/parse.ts';

type LiveData = Readonly<Record<string, string>>;

/** The live file as the consumer reads it. Throws LIVE_UNREADABLE, with the reason, where the consumer does not load it. */
export function readLive(live: LiveData, key: string, consumer: Consumer, where: string): ToolsetFile {
  const file = consumer.read(live, key);
  if (!file || isUnloaded(file, consumer)) throw unreadableData(live, key, consumer, where);
  return file;
}

/** Whether the consumer would refuse the file for having no entry: an empty override of everything would be, too. */
function isUnloaded(file: ToolsetFile, consumer: Consumer): boolean {
  if (Object.keys(file.toolsets).length + Object.keys(file.mcp_servers).length > 0) return false;
  try {
    consumer.assertAccepted(file);
    return false;
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return true;
  }
}

/** Why the data is not a toolset file, with the place, and what to do. */
function unreadableData(live: LiveData, key: string, consumer: Consumer, where: string): PluginError {
  const subject = `${JSON.stringify(key)} of the ConfigMap ${where}`;
  const text = getOwn(live, key);
  if (consumer.sections === 'top')
    return unreadable(
      `the data of the ConfigMap ${where} is not a toolset file`,
      'check spec.target, and that its YAML is valid and has at most 50,000 values',
    );
  if (text === undefined) {
    const keys = Object.keys(live).map((one) => JSON.stringify(one));
    const others = keys.length === 0 ? 'no data' : shortened(keys, maxKeys).join(', ');
    return unreadable(
      `the ConfigMap ${where} has no key ${JSON.stringify(key)}; it has ${others}`,
      'set spec.target.configMap.key to the one with the toolsets',
    );
  }
  const lineEnd = oldLineEndIn(text);
  if (lineEnd !== null)
    return unreadable(
      `${subject} has the character ${lineEnd}, which ends a line in YAML 1.1`,
      'replace it with a line feed or a space, or write it as an escape in double quotes',
    );
  const data = parseData(text);
  if (data === undefined) return unparsable(text, key, where);
  const sections = consumer.sections.join(' or ');
  if (!isMap(data)) return unreadable(`${subject} is not a map`, `write ${sections} at the top level`);
  const wrong = consumer.sections.find((name) => Object.hasOwn(data, name) && !isMap(getOwn(data, name) ?? null));
  if (wrong !== undefined)
    return unreadable(
      `${wrong} in ${subject} is ${Array.isArray(getOwn(data, wrong)) ? 'a list' : 'not a map'}, which ${consumer.title} does not load`,
      `write a map of names: ${wrong}: {NAME: {enabled: …, config: {…}}}`,
    );
  return unreadable(
    `${subject} holds no toolset, and ${consumer.title} does not load it`,
    hintForWrapped(data, sections),
  );
}

const maxKeys = 5;

/** Syntax that the stricter reader of Git's files refuses as well has a place. */
function unparsable(text: string, key: string, where: string): PluginError {
  try {
    parseYamlFile({ name: `${key} of the ConfigMap ${where}`, text }, 'LIVE_UNREADABLE');
  } catch (error) {
    if (isPluginError(error)) return error;
    throw error;
  }
  return unreadable(
    `${JSON.stringify(key)} of the ConfigMap ${where} is not valid YAML, or has more than 50,000 values`,
    'correct it, or make it smaller',
  );
}

/** People copy Helm values, or a whole manifest. */
function hintForWrapped(data: DataMap, sections: string): string {
  const outer = Object.keys(data).find((one) => isMap(valueAt(data, [one, 'toolsets']) ?? null));
  if (outer !== undefined) return `it looks like Helm values: move what is below ${outer} to the top level`;
  if (typeof data.kind === 'string' && isMap(data.data ?? null))
    return 'it looks like a whole manifest: keep only the text below its data';
  return `write at least one entry below ${sections}`;
}

function unreadable(message: string, hint: string): PluginError {
  return new PluginError('LIVE_UNREADABLE', message, { hint });
}
