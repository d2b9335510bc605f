import { detectors } from '../../../../detectors/index.ts';
import { getOwn } from '../../../lib/json.ts';
import type { CredentialConfig } from '../../../settings/schema/credentials.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import type { ConfigKey } from '../catalog.ts';
import { titleOf } from '../catalog.ts';
import { writtenAdvice } from './advice.ts';
import { credentialKeys, nameIn, partnerOf } from './keys.ts';
import type { ToolsetSpec } from '../toolset-specs.ts';
import { builtInToolsets, entriesOf, specOfName } from '../toolset-specs.ts';
import { headerIssues } from '../validate/headers.ts';
import { unresolvedPlaceholders } from '../validate/placeholders.ts';
import { isOfType, wrongType } from '../validate/value-types.ts';
import { didYouMean } from '../../../lib/messages/did-you-mean.ts';

/** What the release does not accept of a credential in the settings under that name. */
export function credentialIssues(name: string, config: CredentialConfig, minor: number): ConsumerIssue[] {
  const holmes = titleOf(minor);
  const toolset = toolsetOfCredential(name);
  if (toolset === null) return [unknownName(name)];
  const spec = specOfName(toolset);
  if (!spec || spec.kind === 'none') return [];
  const keys = credentialKeys(toolset, spec, minor);
  // Toolsets that the release lacks are left out anyway.
  if (!keys) return [];
  const known = { ...keys.own, ...keys.shared };
  const issues = Object.entries(config).flatMap(([key, value]) => {
    const called = nameIn(known, keys.all, key);
    const expected = called === null ? undefined : getOwn(known, called);
    return expected ? valueIssues(key, value, expected, holmes) : [unknownKey(key, toolset, spec, minor, holmes)];
  });
  const isHttp = spec.kind === 'http';
  const subject = { limits: isHttp ? 'type:http' : toolset, known: null, subtype: undefined, holmes, minor };
  const ofTexts = [...unresolvedPlaceholders({ config }, subject), ...headerIssues({ config }, subject)];
  return [
    ...issues,
    ...ofTexts.map((issue) => ({ ...issue, path: issue.path.slice(1) })),
    ...pairIssues(config, holmes),
    ...(isHttp ? oneHeaderIssues(config, holmes) : []),
  ];
}

/** The toolset for a name in `spec.credentials`; `null` if there is none. */
export function toolsetOfCredential(name: string): string | null {
  if (specOfName(name)) return name;
  const owner = builtInToolsets.find((toolset) => entriesOf(toolset).includes(name));
  return owner ?? detectors.find(({ id }) => id === name)?.toolset ?? null;
}

function unknownName(name: string): ConsumerIssue {
  const known = [...builtInToolsets, ...detectors.map(({ id }) => id)];
  return {
    path: [],
    part: 'key',
    effect: 'unused',
    message: `no backend is given the credential ${JSON.stringify(name)}: discovery configures no toolset of that name`,
    hint: didYouMean(name, known) ?? 'name a toolset, or a detector',
  };
}

function unknownKey(key: string, toolset: string, spec: ToolsetSpec, minor: number, holmes: string): ConsumerIssue {
  return {
    path: [key],
    part: 'key',
    effect: 'ignored',
    message: `${holmes} takes no ${JSON.stringify(key)} for ${toolset}: it is not printed`,
    hint: `write ${writtenAdvice(toolset, spec, minor)}`,
  };
}

function valueIssues(
  key: string,
  value: CredentialConfig[string],
  expected: ConfigKey,
  holmes: string,
): ConsumerIssue[] {
  const { type, of } = expected;
  if (!isOfType(value, type)) return [wrongType([key], value, type, holmes)];
  if (typeof value !== 'object' || of === undefined) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    isOfType(one, of) ? [] : [wrongType([key, name], one, of, holmes)],
  );
}

function pairIssues(config: CredentialConfig, holmes: string): ConsumerIssue[] {
  return Object.keys(config).flatMap((key) => {
    const partner = partnerOf(key);
    if (partner === null || Object.hasOwn(config, partner)) return [];
    const message = `${holmes} sends nothing of ${key} without ${partner}`;
    return [{ path: [key], part: 'key', effect: 'ignored', message, hint: `add ${partner}` } as const];
  });
}

function oneHeaderIssues({ default_headers: headers, ...auth }: CredentialConfig, holmes: string): ConsumerIssue[] {
  if (typeof headers !== 'object' || (Object.keys(headers).length === 1 && Object.keys(auth).length === 0)) return [];
  const message = `${holmes} logs in to one endpoint with one header, and others get what stands beside the list`;
  const hint = 'name one header and nothing else here, or write default_headers into overrides.yaml';
  return [{ path: ['default_headers'], part: 'value', effect: 'ignored', message, hint }];
}
