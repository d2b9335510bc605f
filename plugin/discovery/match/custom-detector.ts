import type { Condition, Detector, PortRule } from '../../../detectors/types.ts';
import type { CustomDetector } from '../../settings/schema/detectors.ts';

type Match = CustomDetector['match'][number];

/** A user's detector in the type of the built-in ones. It precedes them, because it was written on purpose. */
export function compileCustomDetector(custom: CustomDetector): Detector {
  const { id, title = id, match, exclude, port, scheme, path, health, toolset } = custom;
  return {
    id,
    title,
    toolset: toolset.name,
    byDefault: 'on',
    sources: [],
    words: [],
    evidence: match.map((one) => ({ rule: `customDetectors ${id}`, tier: 0, when: conditionOf(one) })),
    entryPoints: [{ name: title, path }],
    notOf: exclude.map(conditionOf),
    ports: portRule(port),
    scheme,
    probe: health ? { path: health.path, accept: health.acceptStatus, contains: health.contains } : null,
    template: toolset.template,
  };
}

function conditionOf({ selector, annotations, names, ports }: Match): Condition {
  return {
    ...(selector ? { labelSelector: selector } : {}),
    ...(annotations ? { annotations } : {}),
    ...(names ? { name: names } : {}),
    ...(ports ? { port: ports.map(String) } : {}),
  };
}

function portRule(port: CustomDetector['port']): PortRule {
  if (port === undefined) return { names: [], numbers: [] };
  return typeof port === 'number'
    ? { exact: true, names: [], numbers: [port] }
    : { exact: true, names: [port], numbers: [] };
}
