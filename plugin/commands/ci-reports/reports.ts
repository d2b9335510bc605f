import type { Entry, ReportInputs } from './entry.ts';
import { renderCodeQuality } from './code-quality.ts';
import { renderJunit } from './junit.ts';
import { renderSarif } from './sarif.ts';

/** Formats that CI systems read, by the value of --output. */
export const reportRenderers = {
  junit: renderJunit,
  sarif: renderSarif,
  'code-quality': renderCodeQuality,
} as const satisfies Readonly<Record<string, (entries: readonly Entry[], inputs: ReportInputs) => string>>;

export type ReportFormat = keyof typeof reportRenderers;

export function isReportFormat(format: string): format is ReportFormat {
  return Object.hasOwn(reportRenderers, format);
}
