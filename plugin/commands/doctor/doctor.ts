import { join } from 'node:path';
import { connect } from '../../cluster/connection/connect.ts';
import { defaultNamespace } from '../../cluster/connection/in-cluster.ts';
import { clusterReader } from '../../doctor/cluster-reader.ts';
import { atCluster } from '../../doctor/fix-commands.ts';
import type { Check, CheckStatus } from '../../doctor/reasons.ts';
import { checkNames, leftOut } from '../../doctor/reasons.ts';
import { runChecks } from '../../doctor/run-checks.ts';
import { docsUrl } from '../../lib/messages/docs-url.ts';
import { counted, printable } from '../../lib/messages/text.ts';
import { loadSettings } from '../../settings/settings.ts';
import type { Entry } from '../ci-reports/entry.ts';
import type { ReportFormat } from '../ci-reports/reports.ts';
import { isReportFormat, reportRenderers } from '../ci-reports/reports.ts';
import type { DiscoveryFlags, Flags, FlagValues } from '../flags/flags.ts';
import { usage } from '../flags/usage.ts';
import { oneOf } from '../flags/values.ts';
import type { CommandOutput } from '../command.ts';
import { isOutside } from '../clusters/outside.ts';
import { policyOf } from '../pipeline/git-inputs.ts';
import { gitReader } from '../git-readers.ts';
import { reportingReader } from '../terminal/stages.ts';

/** Checks an installation in Argo CD from the outside, as an operator: what is wrong, and the commands that fix it. */
export async function doctor(
  flags: DiscoveryFlags &
    Flags<'own-cluster' | 'first-question' | 'skip'> & { readonly output: 'text' | 'json' | ReportFormat },
): Promise<CommandOutput> {
  if (flags.firstQuestion) return (await import('./first-question.ts')).firstQuestion(flags);
  const { output: format } = flags;
  const skipped = flags.skip.map((name) => oneOf('--skip', name, checkNames));
  if (flags.snapshot !== undefined) throw usage.notLive();
  if (flags.check !== undefined) throw usage.flagMissing('--check', '--first-question');
  if (flags.cluster !== undefined) throw usage.flagMissing('--cluster', '--first-question');
  const { spec: settings } = await loadSettings(await gitReader(flags));
  flags.onStage?.('connecting to the cluster');
  const connection = await connect(flags);
  try {
    const checks = await runChecks({
      reader: reportingReader(
        clusterReader(connection, flags.ownClusters, AbortSignal.timeout(flags.deadlineMs)),
        flags.onStage,
      ),
      namespace: flags.argoCdNamespace ?? defaultNamespace,
      settings,
      version: flags.version,
      policyOf: (project) => policyOf({ ...flags, project }),
    });
    const wanted = [
      ...checks.filter(({ check }) => !skipped.includes(check)).map((one) => fixedAt(one, flags)),
      ...checkNames.filter((name) => skipped.includes(name)).map(leftOut),
    ];
    const findsSomething = wanted.some(({ status }) => status === 'problem' || status === 'unknown');
    const inputs = { command: 'doctor', version: flags.version, defaultFile: join(flags.path, 'toolset.yaml') };
    const text = isReportFormat(format)
      ? reportRenderers[format](wanted.map(entryOf), inputs)
      : renderers[format](wanted);
    const note = (await isOutside(flags))
      ? { note: 'this runs outside the cluster: it reads the API server only and asks no backend' }
      : {};
    return { text, warnings: [], findsSomething, ...note };
  } finally {
    connection.close();
  }
}

/** Rights that the operator lacks are granted by an administrator, with a kubeconfig of their own. */
function fixedAt(check: Check, { kubeconfig, context }: FlagValues<'kubeconfig' | 'context'>): Check {
  const cluster = { kubeconfig: check.status === 'unknown' ? undefined : kubeconfig, context };
  return { ...check, fix: check.fix.map((command) => atCluster(command, cluster)) };
}

const renderers = {
  json: (checks: readonly Check[]): string => `${JSON.stringify(checks, null, 2)}\n`,
  text: (checks: readonly Check[]): string => {
    const count = (status: CheckStatus): number => checks.filter((one) => one.status === status).length;
    const summary = (['problem', 'unknown', 'ok', 'skipped'] as const)
      .filter((status) => status !== 'skipped' || count(status) > 0)
      .map((status) => (status === 'problem' ? counted(count(status), status) : `${String(count(status))} ${status}`));
    return `${checks.map(textOf).join('')}\n${summary.join(', ')}\n`;
  },
};

const levels = { ok: 'passed', problem: 'error', unknown: 'unknown', skipped: 'skipped' } as const;

function entryOf({ reason, status, message, fix, check, subject }: Check): Entry {
  const helpUrl = docsUrl('troubleshooting.md');
  return {
    code: reason,
    level: levels[status],
    message,
    remedy: fix,
    subject: `${check}: ${subject}`,
    location: null,
    helpUrl,
  };
}

function textOf({ check, subject, status, message, fix }: Check): string {
  const lines = [
    `${status.padEnd(8)} ${check.padEnd(12)} ${printable(subject)}: ${printable(message)}`,
    ...fix.map((command) => `${' '.repeat(9)}${printable(command)}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
