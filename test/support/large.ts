import { maxFileBytes } from '../../plugin/settings/file.ts';

/** The unit, as often as it fits into a file that is as large as one may be. */
export function filled(unit: string, bytes = maxFileBytes): string {
  return unit.repeat(Math.floor(bytes / unit.length));
}
