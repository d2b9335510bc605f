import { isDeepStrictEqual } from 'node:util';
import { configMapOf, renderConfigMap } from '../../customizations/config-map.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import { asObject, asString, getOwn, isMap, sortedDeep } from '../../lib/json.ts';
import type { Data } from '../../lib/json.ts';
import { parseData } from '../../lib/data/yaml11-reader.ts';
import { renderYaml } from '../../lib/data/yaml-writer.ts';
import type { Content } from '../../propose/propose.ts';
import { digest } from '../../propose/target.ts';
import { valueIn, withValue } from '../../propose/values.ts';
import type { ProposalForm, ProposeFlags } from '../flags/propose-flags.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import { describeChanges } from './describe.ts';
import { assertNotSettings } from './not-settings.ts';

/** The result of a run as content of the repository's file. */
export function contentOf(result: PipelineResult, { form, key, file }: ProposeFlags): Content {
  const written = form === 'toolsets' ? { ...result, final: { ...result.final, mcp_servers: {} } } : result;
  const { digestIn, ...content } = key === null ? wholeFile(result, form) : valueOfKey(result, { form, key, file });
  return {
    ...content,
    digestIn: (text) => {
      assertNotSettings(file, text);
      return digestIn(text);
    },
    describe: (text) => describeChanges(written, toolsetsIn(text, written, { form, key, file }), { file, key }),
  };
}

function wholeFile(result: PipelineResult, form: ProposalForm): Omit<Content, 'describe'> {
  const whole = form === 'manifest' ? renderConfigMap(result) : textOf(result);
  return {
    digest: digest(whole),
    digestIn: (text) => (text === null ? 'none' : digest(text)),
    textFor: () => whole,
  };
}

function valueOfKey(
  result: PipelineResult,
  { form, key, file: name }: { readonly form: ProposalForm; readonly key: string; readonly file: string },
): Omit<Content, 'describe'> {
  const value = form === 'text' ? textOf(result) : result.final.toolsets;
  // Refuse rather than propose what the consumer does not accept, or what is too large.
  renderConfigMap(result);
  return {
    digest: digestOf(value),
    digestIn: (text) => digestOf(valueIn({ name, text: text ?? '', key })),
    textFor: (text) => withValue({ name, text: text ?? '', key }, value),
  };
}

function textOf(result: PipelineResult): string {
  return getOwn(configMapOf(result).data, result.settings.spec.target.configMap.key) ?? '';
}

function digestOf(value: Data | undefined): string {
  return value === undefined ? 'none' : digest(JSON.stringify(sortedDeep(value)));
}

/** The toolsets in the base branch's file; none if the consumer cannot read it. */
function toolsetsIn(
  text: string | null,
  { consumer, settings }: PipelineResult,
  { form, key, file }: Pick<ProposeFlags, 'form' | 'key' | 'file'>,
): ToolsetFile {
  const empty = { toolsets: {}, mcp_servers: {} };
  if (text === null) return empty;
  const { key: dataKey } = settings.spec.target.configMap;
  if (form === 'manifest') {
    const { data } = asObject(parseData(text));
    const texts = Object.entries(asObject(data)).map(([name, one]) => [name, asString(one)] as const);
    return consumer.read(Object.fromEntries(texts), dataKey) ?? empty;
  }
  if (form === 'file') return consumer.read({ [dataKey]: text }, dataKey) ?? empty;
  const value = valueIn({ name: file, text, key: key ?? '' });
  if (typeof value === 'string') return consumer.read({ [dataKey]: value }, dataKey) ?? empty;
  if (!isMap(value) || isDeepStrictEqual(value, {})) return empty;
  const whole = consumer.sections === 'top' ? value : { toolsets: value };
  return consumer.read({ [dataKey]: renderYaml(whole) }, dataKey) ?? empty;
}
