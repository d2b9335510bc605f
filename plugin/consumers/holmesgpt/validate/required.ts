import type { DataMap, Path } from '../../../lib/json.ts';
import { getOwn, isList, isMap } from '../../../lib/json.ts';
import type { ConsumerIssue, Section } from '../../consumer.ts';
import { discoveredType } from '../toolset-specs.ts';
import type { Subject } from './subject.ts';

/** Issue of a missing key that discovery may add. */
export function missingKey(path: Path, what: string, holmes: string): ConsumerIssue {
  return {
    path,
    part: 'key',
    effect: 'incomplete',
    missing: what.split('.').at(-1) ?? what,
    message: `${holmes} fails it without ${what}`,
    hint: 'add it; no discovered backend provides it',
  };
}

/** Keys that HolmesGPT requires only when it starts a toolset: its classes do not show them. */
export function missingRequired(
  section: Section,
  name: string,
  entry: DataMap,
  { holmes, minor }: Pick<Subject, 'holmes' | 'minor'>,
): ConsumerIssue[] {
  const config = isMap(entry.config) ? entry.config : {};
  if (section === 'mcp_servers') return serverGaps(entry, config, { holmes, minor });
  if (name === 'newrelic' && minor < 18) {
    const absent = ['nr_account_id', 'nr_api_key'].filter((key) => getOwn(config, key) === undefined);
    return absent.map((key) => missingKey(['config'], `config.${key}`, holmes));
  }
  const type = discoveredType(name);
  const { endpoints = [] } = config;
  const missing = [
    ...(type !== null && entry.type === undefined && typeof entry.description !== 'string'
      ? [missingKey([], `description and type: ${type}`, holmes)]
      : []),
    ...((entry.type ?? type) === 'http' && isList(endpoints) && endpoints.length === 0
      ? [missingKey(['config'], 'config.endpoints', holmes)]
      : []),
  ];
  return missing.slice(0, 1);
}

function serverGaps(
  { url, description }: DataMap,
  config: DataMap,
  { holmes, minor }: Pick<Subject, 'holmes' | 'minor'>,
): ConsumerIssue[] {
  const { mode = 'sse' } = config;
  const needed = mode === 'stdio' ? 'command' : 'url';
  const isGiven = config[needed] !== undefined || (needed === 'url' && url !== undefined);
  if (!isGiven) return [missingKey(['config'], `config.${needed}`, holmes)];
  return minor < describedSince && (description ?? null) === null ? [missingKey([], 'description', holmes)] : [];
}

/** First minor release, of those that were tried, which needs no description of an MCP server. */
const describedSince = 24;
