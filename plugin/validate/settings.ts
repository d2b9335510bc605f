import { detectors } from '../../detectors/index.ts';
import type { Data, DataMap, Path } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';
import type { YamlFile } from '../settings/yaml/parse.ts';
import type { CredentialConfig } from '../settings/schema/credentials.ts';
import type { Settings } from '../settings/settings.ts';
import { pathTo } from '../settings/targets.ts';
import type { Consumer, ConsumerIssue } from '../consumers/consumer.ts';
import { valueAt } from '../lib/data/json-pointer.ts';
import { matchesPattern } from '../discovery/match/glob.ts';
import { mapTexts } from '../consumers/template.ts';
import { toDiagnostic } from '../customizations/findings.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import { newerRelease } from './release.ts';

type Spec = Settings['spec'];

/** Settings without effect, and templates that the consumer would reject. */
export function settingFindings(settings: Settings, consumer: Consumer): FileDiagnostic[] {
  const { spec, file } = settings;
  if (!file) return [];
  const target = pathTo(settings, 'target');
  return [
    ...(spec.trust.namespaces.length > 0 ? [] : distrustFindings(settings, file)),
    ...credentialFindings(settings, consumer),
    ...exceptionFindings(spec, file, consumer, target),
    ...budgetFindings(spec, file, consumer, target),
    ...newerRelease(settings),
    ...detectorFindings(spec, file),
    ...(consumer.usesTemplates ? spec.customDetectors : []).flatMap(({ toolset }, index) => {
      const path = ['spec', 'customDetectors', index, 'toolset', 'template'];
      const template = toolset.template as DataMap;
      return [
        ...variableFindings(template, file, path),
        ...diagnosticsAt(consumer.validateEntry('toolsets', toolset.name, filled(template)), file, path),
      ];
    }),
  ];
}

/** Settings of a disabled detector; where Git disables it, keeping them may be intended. */
function detectorFindings({ detectors: settings }: Spec, file: YamlFile): FileDiagnostic[] {
  return detectors.flatMap(({ id, byDefault }) => {
    const own = getOwn(settings, id);
    const isSwitchedOff = own?.enabled === false;
    if (own === undefined || (own.enabled ?? byDefault === 'on')) return [];
    const written = valueAt(file.value as Data, ['spec', 'detectors', id]);
    const others = isMap(written) ? Object.keys(written).filter((key) => key !== 'enabled') : [];
    if (others.length === 0) return [];
    return [
      {
        severity: isSwitchedOff ? 'note' : 'warning',
        code: 'SETTING_UNUSED',
        location: file.locate(['spec', 'detectors', id], 'key'),
        message: `the detector ${id} is off${isSwitchedOff ? '' : ' by default'}: ${others.join(', ')} has no effect`,
        hint: isSwitchedOff ? `set enabled: true, or remove ${others.join(', ')}` : 'add enabled: true beside it',
      },
    ];
  });
}

/** Exceptions that match none of the toolsets that are on by default. */
function exceptionFindings(
  { target }: Spec,
  file: YamlFile,
  { alwaysOn, title }: Consumer,
  path: Path,
): FileDiagnostic[] {
  return target.defaultToolsetsExcept.flatMap((glob, index) =>
    alwaysOn.some((name) => matchesPattern(glob, name))
      ? []
      : [
          {
            severity: 'warning',
            code: 'SETTING_UNUSED',
            location: file.locate([...path, 'defaultToolsetsExcept', index], 'value'),
            message: `${title} has no toolset ${JSON.stringify(glob)} that is on by default`,
            hint: alwaysOn.length > 0 ? `known are ${alwaysOn.join(', ')}` : 'remove it',
          },
        ],
  );
}

/** A budget without a limit, or for a consumer whose costs are unknown. */
function budgetFindings({ target }: Spec, file: YamlFile, { costOf, title }: Consumer, path: Path): FileDiagnostic[] {
  const unused = (key: string, message: string, hint: string): FileDiagnostic => ({
    severity: 'warning',
    code: 'SETTING_UNUSED',
    location: file.locate([...path, key], 'key'),
    message,
    hint,
  });
  if (costOf === null && target.maxToolTokens !== undefined)
    return [unused('maxToolTokens', `what toolsets cost ${title} is not known`, 'remove it')];
  return target.budget === 'enforce' && target.maxToolTokens === undefined
    ? [unused('budget', 'there is no limit to enforce', 'set spec.target.maxToolTokens')]
    : [];
}

/** Parts of credentials that the consumer would not accept, and that are therefore not printed. */
export function credentialFindings(
  settings: Pick<Settings, 'spec' | 'file' | 'paths'>,
  consumer: Consumer,
): FileDiagnostic[] {
  const { spec, file } = settings;
  if (!file) return [];
  const { credentials, customDetectors } = spec;
  return Object.entries(credentials).flatMap(([name, credential]) => {
    const path = [...pathTo(settings, 'credentials'), name];
    if (customDetectors.some(({ toolset, id }) => toolset.name === name || id === name))
      return [ofTemplate(file, path)];
    return configsOf(credential, path).flatMap((part) =>
      diagnosticsAt(consumer.validateCredential(name, part.config), file, part.path),
    );
  });
}

/** The maps of keys in a credential, one for each rule in a list, with their paths in the file. */
export function configsOf(
  credential: Spec['credentials'][string],
  path: Path,
): readonly { readonly config: CredentialConfig; readonly path: Path }[] {
  return Array.isArray(credential)
    ? credential.map(({ config }, index) => ({ config, path: [...path, index, 'config'] }))
    : [{ config: credential, path }];
}

function ofTemplate(file: YamlFile, path: Path): FileDiagnostic {
  return {
    severity: 'warning',
    code: 'SETTING_UNUSED',
    location: file.locate(path, 'key'),
    message: 'the template of a custom detector is printed as it is, and gets no credential',
    hint: 'write the reference into the template',
  };
}

/** Issues of the entry at the path, each at its line. Missing keys are not reported: discovery may add them. */
export function diagnosticsAt(issues: readonly ConsumerIssue[], file: YamlFile, path: Path): FileDiagnostic[] {
  return issues
    .filter(({ effect }) => effect !== 'incomplete')
    .map((issue) => toDiagnostic(issue, file.locate([...path, ...issue.path], issue.part)));
}

/** Settings that only have an effect in trusted namespaces, if there are none. */
function distrustFindings(settings: Settings, file: YamlFile): FileDiagnostic[] {
  const { credentials, discovery } = settings.spec;
  const findings: FileDiagnostic[] = [];
  if (Object.keys(credentials).length > 0) {
    findings.push({
      severity: 'warning',
      code: 'SETTING_UNUSED',
      location: file.locate(pathTo(settings, 'credentials'), 'key'),
      message: 'no Service gets these credentials',
      hint: 'add the namespaces of the backends to spec.trust.namespaces',
    });
  }
  if (discovery.instances === 'best') {
    findings.push({
      severity: 'note',
      code: 'SETTING_UNUSED',
      location: file.locate(['spec', 'discovery', 'instances'], 'key'),
      message: 'any of several backends may be the best, even one in an untrusted namespace',
      hint: 'add your own namespaces to spec.trust.namespaces: they win',
    });
  }
  return findings;
}

const variables = ['url', 'host', 'port', 'namespace', 'name'];

function variableFindings(template: DataMap, file: YamlFile, path: Path): FileDiagnostic[] {
  const found = JSON.stringify(template).matchAll(/\$\{(\w+)\}/g);
  const unknown = [...found].filter(([, name = '']) => !variables.includes(name));
  return unknown.map(([variable]) => ({
    severity: 'warning',
    code: 'SETTING_UNUSED',
    location: file.locate(path, 'key'),
    message: `${variable} is not filled in`,
    hint: 'known are ${url}, ${host}, ${port}, ${namespace} and ${name}',
  }));
}

/** The template as filled in, as far as the consumer's rules matter. */
function filled(template: DataMap): DataMap {
  return mapTexts(template, (text) => text.replace(/\$\{\w+\}/g, '1')) as DataMap;
}
