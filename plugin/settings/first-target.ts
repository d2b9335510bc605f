import type { FileProblem } from '../lib/errors.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Spec } from './schema/index.ts';
import type { YamlFile } from './yaml/parse.ts';

/** `spec` with the first of several targets as its `target`. */
export function withFirstTarget(spec: Spec): Spec {
  const [first] = spec.targets ?? [];
  if (!first) return spec;
  const { overrides: _, credentials: __, ...target } = first;
  return { ...spec, target };
}

/** Problems of targets: `target` beside `targets`, two for the same object, or one without what its consumer needs. */
export function targetProblems(
  written: Readonly<Record<string, unknown>>,
  spec: Spec,
  locate: YamlFile['locate'],
): FileProblem[] {
  return [...severalProblems(written, spec, locate), ...modelProblems(spec, locate)];
}

/** Kubernaut 1.0 to 1.2 does not start without the settings of its model. */
function modelProblems({ target, targets }: Spec, locate: YamlFile['locate']): FileProblem[] {
  const all = targets
    ? targets.map((one, index) => ({ one, path: ['spec', 'targets', index] }))
    : [{ one: target, path: ['spec', 'target'] }];
  return all.flatMap(({ one, path }): FileProblem[] => {
    const missing = ['provider', 'model'].filter((key) => !Object.hasOwn(one.llm, key));
    if (one.format !== 'kubernaut-sdk' || missing.length === 0) return [];
    return [
      {
        location: locate(path, 'value'),
        message: `${path.join('.')}: has no ${missing.map((key) => `llm.${key}`).join(' and no ')}, without which Kubernaut does not start`,
        hint: 'copy llm from the present ConfigMap, such as llm: {provider: openai, model: gpt-4o}; keys stay in its Secret',
      },
    ];
  });
}

function severalProblems(
  written: Readonly<Record<string, unknown>>,
  spec: Spec,
  locate: YamlFile['locate'],
): FileProblem[] {
  const { targets = [] } = spec;
  if (targets.length === 0) return [];
  const both: FileProblem[] =
    written.target === undefined
      ? []
      : [
          {
            location: locate(['spec', 'target'], 'key'),
            message: 'spec.target: cannot be combined with spec.targets',
            hint: 'move it into spec.targets as its first item',
          },
        ];
  const names = targets.map(({ configMap }) => keyOf(configMap));
  const repeated = names.flatMap((name, index): FileProblem[] => {
    const first = names.indexOf(name);
    if (first === index) return [];
    const { line } = locate(['spec', 'targets', first]);
    return [
      {
        location: locate(['spec', 'targets', index], 'value'),
        message: `spec.targets.${String(index)}: names the same ConfigMap ${name} as spec.targets.${String(first)} in line ${String(line)}`,
        hint: 'give one of them another configMap.name or configMap.namespace',
      },
    ];
  });
  return [...both, ...repeated];
}
