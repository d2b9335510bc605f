import { supported } from '../consumers/holmesgpt/index.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import { diagnosticsError } from '../lib/errors.ts';
import { invalidParameters } from '../settings/application-parameters/parameter-override.ts';
import { isOfHolmesgpt } from '../settings/schema/formats.ts';
import type { Settings } from '../settings/settings.ts';
import { pathTo } from '../settings/targets.ts';

/**
 * Throws SETTINGS_INVALID, or PARAMETERS_INVALID for a setting of the Application, if the release is older than all
 * known ones: no toolset would remain of what is running.
 */
export function assertReleaseKnown(settings: Settings): void {
  const { spec, file, application = [] } = settings;
  const { target } = spec;
  const path = [...pathTo(settings, 'target'), 'version'];
  const { age, range } = supported(target.version);
  if (!isOfHolmesgpt(target.format) || age !== 'older') return;
  const source = application.findLast((one) => one.path.join('.') === 'target.version');
  const message = `${JSON.stringify(target.version)}: expected one of HolmesGPT's releases ${range}`;
  if (source) throw invalidParameters([`invalid ${source.label} ${message}`]);
  if (!file) return;
  throw diagnosticsError(
    'SETTINGS_INVALID',
    [{ location: file.locate(path), message: `${path.join('.')}: invalid version ${message}` }],
    'write the release of HolmesGPT in use, such as "0.45": kubectl get deployments -A -o wide lists images',
  );
}

/** Reports a release that this program does not know yet and for which it uses the newest known one. */
export function newerRelease(settings: Pick<Settings, 'spec' | 'file' | 'paths'>): FileDiagnostic[] {
  const { spec, file } = settings;
  const { target } = spec;
  const { age, newest } = supported(target.version);
  if (!file || !isOfHolmesgpt(target.format) || age !== 'newer') return [];
  return [
    {
      severity: 'note',
      code: 'SETTING_UNUSED',
      location: file.locate([...pathTo(settings, 'target'), 'version']),
      message: `HolmesGPT ${target.version} is newer than ${newest}, the newest known release: toolsets are written as for that one`,
      hint: 'use a newer version of dynamic-toolset once one knows the release',
    },
  ];
}
