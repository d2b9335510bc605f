import { isDeepStrictEqual } from 'node:util';
import { Document, parse, visit } from 'yaml';
import { PluginError } from '../errors.ts';
import type { Data } from './toolset.ts';

/** Texts of several lines that a literal block can hold, and that Argo CD's UI shows as one. */
const literal = /^[!-~\u00A1-\uD7FF\uE000-\uFEFE\uFF01-\uFFFD][ -~\u00A1-\uD7FF\uE000-\uFEFE\uFF01-\uFFFD\n]*\n[^]*$/;

/**
 * The only writer of YAML. HolmesGPT reads YAML 1.1, Argo CD 1.2: texts stand in quotes, so that both read the
 * same. Sorted keys, LF, no folded lines: Argo CD's line diff shows what changed and nothing else.
 */
export function renderYaml(data: Data): string {
  const document = new Document(data, { version: '1.1', aliasDuplicateObjects: false, sortMapEntries: true });
  visit(document, {
    Scalar(key, node) {
      if (key !== 'key' && typeof node.value === 'string' && literal.test(node.value)) node.type = 'BLOCK_LITERAL';
    },
  });
  const text = document.toString({ lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' });
  assertReadsBack(text, data);
  return text;
}

function assertReadsBack(text: string, data: Data): void {
  const same = (['1.1', '1.2'] as const).every((version) => isDeepStrictEqual(parse(text, { version }), data));
  if (same) return;
  throw new PluginError('OUTPUT_INVALID', 'the toolset file would not be read back as it was meant', {
    hint: 'look for unusual keys or characters in overrides.yaml',
  });
}
