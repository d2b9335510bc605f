import { defaultNamespace } from '../../cluster/connection/in-cluster.ts';
import { quoted } from '../../doctor/fix-commands.ts';
import { sidecarName } from '../../doctor/plugin.ts';
import type { FirstAnswer, FirstAnswers } from '../../doctor/first-question/run.ts';
import { askFirstQuestions } from '../../doctor/first-question/run.ts';
import { systemClock } from '../../lib/clock.ts';
import { printable } from '../../lib/messages/text.ts';
import type { CommandOutput } from '../command.ts';
import type { DiscoveryFlags, FlagValues } from '../flags/flags.ts';
import { usage } from '../flags/usage.ts';
import { oneOf } from '../flags/values.ts';
import { asSeenFromHere, outsideNote } from '../clusters/outside.ts';
import { buildResult } from '../pipeline/build-result.ts';
import { withDiscovery } from '../pipeline/pipeline.ts';
import { renderTable } from '../terminal/table.ts';

/**
 * Asks each store the first queries of HolmesGPT's tools, from where this runs: it has data, or why not and the lines
 * that fix it.
 */
export async function firstQuestion(
  given: DiscoveryFlags & FlagValues<'skip'> & { readonly output: string },
): Promise<CommandOutput> {
  const flags = await asSeenFromHere(given);
  const format = oneOf('--output', flags.output, ['text', 'json']);
  if (flags.skip.length > 0) throw usage.conflict('--first-question', '--skip', 'it runs no checks');
  const signal = AbortSignal.timeout(flags.deadlineMs);
  return withDiscovery(flags, async ({ inputs, discovery, access }) => {
    const { final, consumer, warnings } = buildResult(inputs, discovery, access);
    if (!consumer.usesLabels) return { text: noQuestions[format](consumer.title), warnings };
    const asked = await askFirstQuestions({
      discovery,
      final,
      signal,
      spec: inputs.settings.spec,
      supportsMultiple: consumer.supportsMultiple,
      isTrusted: access.isTrusted,
      fromWithin: withinCluster(flags),
      now: systemClock.epochMs(),
      onAnswer: (answered, all) => {
        flags.onStage?.(`asking first questions: ${String(answered)} of ${String(all)} backends have answered`);
      },
    });
    const findsSomething = asked.notAsked > 0 || asked.answers.some(({ outcome }) => outcome !== 'data');
    const note = outsideNote(flags, inputs.settings.spec.health.check);
    return { text: renderers[format](asked), warnings, findsSomething, ...note };
  });
}

/** The same command in the sidecar, with the files of this folder. */
function withinCluster({ path, argoCdNamespace }: FlagValues<'path' | 'argocd-namespace'>): string {
  const folder = 'd=$(mktemp -d) && tar x -C $d && dynamic-toolset doctor --first-question --path $d';
  const exec = `kubectl --namespace ${quoted(argoCdNamespace ?? defaultNamespace)} exec --stdin deployment/argocd-repo-server`;
  return `tar c -C ${quoted(path)} . | ${exec} --container ${sidecarName} -- sh -c '${folder}'`;
}

/** The queries of consumers other than HolmesGPT are unknown. */
const noQuestions = {
  json: (): string => '[]\n',
  text: (title: string): string => `What ${title} asks a store first is not known: none was asked.\n`,
};

const renderers = {
  json: ({ answers }: FirstAnswers): string => `${JSON.stringify(answers, null, 2)}\n`,
  text: ({ answers, notAsked }: FirstAnswers): string => {
    if (answers.length === 0) return 'No store is asked a first question.\n';
    const rows = answers.map(({ outcome, toolset, instance, message }) => [outcome, instance, toolset, message]);
    const more = notAsked > 0 ? `${String(notAsked)} more were not asked.\n` : '';
    const table = renderTable(['ANSWER', 'BACKEND', 'TOOLSET', 'CAUSE'], rows);
    return [table, more, ...answers.map(fixOf)].join('');
  },
};

function fixOf({ instance, outcome, fix }: FirstAnswer): string {
  if (fix.length === 0) return '';
  const where = outcome === 'unreachable' ? 'from within the cluster' : 'in toolset.yaml';
  return `\n${printable(instance)}, ${where}:\n${fix.map((line) => `  ${printable(line)}\n`).join('')}`;
}
