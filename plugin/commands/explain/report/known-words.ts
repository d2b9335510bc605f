import { annotationKeys } from '../../../discovery/annotations.ts';
import { podSelectors } from '../../../discovery/selection/same-pods.ts';
import { nodeRoles } from '../../../discovery/selection/installation.ts';
import { anyNames, httpsNames } from '../../../discovery/endpoint.ts';
import { emptyComponents } from '../../../discovery/match/service-facts.ts';
import { healthWords, commonWords } from '../../../discovery/tenant-text.ts';
import { certificateIssuers, servingCertificates } from '../../../../detectors/certificate-issuers.ts';
import { detectors } from '../../../../detectors/index.ts';
import { custom, mcp } from '../../../../detectors/annotated.ts';
import {
  hostLabels,
  hostProducts,
  neutralWords,
  otherParts,
  otherPorts,
  nonServerEnds,
  viewWords,
  wholeWords,
} from '../../../../detectors/excluded-names.ts';
import {
  chartLabels,
  deployerAnnotations,
  componentLabels,
  hostLabelKeys,
  houseLabels,
  instanceLabels,
  productLabels,
} from '../../../../detectors/label-keys.ts';
import type { Condition } from '../../../../detectors/types.ts';

/** Texts of rules, including patterns with `*`; without texts for people, such as titles and sources. */
const texts: readonly string[] = [
  ...detectors.flatMap(
    ({
      id,
      toolset,
      words,
      abbreviations,
      purposes,
      evidence,
      entryPoints,
      otherParts,
      notOf,
      ports,
      schemes,
      paths,
      pods,
      resources = [],
    }) =>
      textsIn([
        id,
        toolset,
        words,
        abbreviations,
        purposes,
        evidence.map(({ when }) => when),
        entryPoints,
        otherParts,
        notOf,
        ports,
        pods,
        resources.map(({ kind, group, namedBy }) => [kind, group, namedBy]),
      ]).concat(textsIn([schemes, paths].flatMap((some) => some?.map(({ when }) => when) ?? []))),
  ),
  ...textsIn(certificateIssuers.map(({ services }) => services)),
  ...[otherParts, nonServerEnds, wholeWords, otherPorts, hostProducts, neutralWords, viewWords, hostLabels].flatMap(
    (some) => [...some],
  ),
  ...[productLabels, houseLabels, componentLabels, chartLabels, instanceLabels, hostLabelKeys].flat(),
  ...[anyNames, httpsNames, servingCertificates, annotationKeys, deployerAnnotations, podSelectors].flat(),
  ...[custom.id, mcp.id],
  ...[emptyComponents, commonWords, healthWords].flatMap((some) => [...some]),
  ...nodeRoles.split('|').flatMap((role) => [role, `${role}s`]),
  'oauth oauth2 role operated enabled disabled true false headless instance',
  // What a snapshot says about a Pod besides, and the words that custom resources are searched for.
  'container unnamed passthrough openshift logging network production streaming oauth-proxy',
];

/** All texts in some data, and all keys of maps: a condition's keys are labels. */
function textsIn(data: unknown): string[] {
  if (typeof data === 'string') return [data];
  if (Array.isArray(data)) return data.flatMap(textsIn);
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => [key, ...textsIn(value)]);
}

/** Words that rules know, in lower case: whole words (`oauth2`), and letters without the number after them. */
export const knownWords: ReadonlySet<string> = new Set(
  texts.flatMap((text) => [
    ...(text.toLowerCase().match(/[a-z0-9]+/g) ?? []),
    // eslint-disable-next-line regexp/no-super-linear-move -- a run of capitals gives back one letter at most
    ...(text.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase()),
  ]),
);

/** Common abbreviations of products: rules also match them followed by a number (`es01`). */
export const knownAbbreviations: ReadonlySet<string> = new Set(
  detectors.flatMap(({ abbreviations = [] }) => abbreviations),
);

/** What rules look for anywhere in a text, longest first. */
export const knownParts: readonly string[] = [
  ...new Set([...detectors.flatMap(({ id, words }) => [id, ...words]), ...textsIn(otherPorts).flatMap(innerPart)]),
].sort((a, b) => b.length - a.length);

function innerPart(pattern: string): string[] {
  return /^\*(.+)\*$/.exec(pattern)?.slice(1) ?? [];
}

const namings = detectors.flatMap(({ resources = [] }) => resources.flatMap(({ namedBy }) => namedBy));

/** Keys that rules name, which are kept. */
export const knownKeys: ReadonlySet<string> = new Set([
  ...[productLabels, houseLabels, componentLabels, chartLabels, instanceLabels, hostLabelKeys, hostLabels].flat(),
  ...[servingCertificates, annotationKeys, deployerAnnotations, podSelectors].flat(),
  ...namings.flatMap(({ label, selector }) => [label ?? [], selector ?? []].flat()),
  ...detectors
    .flatMap(({ evidence, schemes = [], paths = [], notOf = [] }) => [
      ...[...evidence, ...schemes, ...paths].map(({ when }) => when),
      ...notOf,
    ])
    .concat(namings.flatMap(({ when }) => when ?? []))
    .concat(certificateIssuers.flatMap(({ services }) => services))
    .flatMap(({ labels, annotations, selector }: Condition) => Object.keys({ ...labels, ...annotations, ...selector })),
]);

/** Numbers that rules know: ports. */
export const knownNumbers: ReadonlySet<string> = new Set(
  detectors
    .flatMap(({ ports, entryPoints }) => [ports, ...entryPoints.flatMap(({ ports: own }) => own ?? [])])
    .flatMap(({ numbers }) => numbers)
    .map(String),
);
