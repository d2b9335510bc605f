import type { Entry, ReportInputs } from './entry.ts';
import { renderCodeQuality } from './code-quality.ts';
import { renderJunit } from './junit.ts';
import { renderSarif } from './sarif.ts';

/** Formats that CI systems read, by the value of --output. */
export const reportRenderers: Readonly<
  Record<(typeof reportFormats)[number], (entries: readonly Entry[], inputs: ReportInputs) => string>
> = { junit: renderJunit, sarif: renderSarif, 'code-quality': renderCodeQuality };

export const reportFormats = ['junit', 'sarif', 'code-quality'] as const;

export function isReportFormat(format: string): format is (typeof reportFormats)[number] {
  return reportFormats.some((one) => one === format);
}
