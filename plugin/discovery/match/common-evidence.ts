import type { Detector, Evidence } from '../../../detectors/types.ts';
import { houseLabels, productLabels } from '../../../detectors/label-keys.ts';
import { getOwn } from '../../lib/json.ts';
import { memoize } from '../../lib/memoize.ts';
import { isEntryPoint } from './component.ts';
import { matchesPattern } from './glob.ts';
import { isConfirmed, isTellingNumber } from './own-port.ts';
import type { ServiceFacts } from './service-facts.ts';

/**
 * Evidence that holds for every product alike, for Services that none of a detector's own pieces finds: the resource of
 * any operator, the chart of a vendor, the stores that an application brings, what people call theirs.
 */
export function commonEvidenceOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  return (
    ownerOf(facts, detector) ??
    variantOf(facts, detector) ??
    componentOf(facts, detector) ??
    podLabelOf(facts, detector) ??
    nameAndLabelOf(facts, detector) ??
    nameAndPortOf(facts, detector)
  );
}

/** What operators add to the product in the kinds of their resources: `MySQLCluster`, `RedisFailover`. */
const kindEnds = /(?:cluster|replicaset|replication|failover|instance|database|server)$/;

/** A resource of any operator whose kind is the product, `Postgres.kubedb.com`, and the product's own port. */
function ownerOf({ service, owners }: ServiceFacts, detector: Detector): Evidence | undefined {
  const found = service.owners.findIndex(({ kind }) =>
    [kind.toLowerCase(), kind.toLowerCase().replace(kindEnds, '')].some((product) => isProduct(product, detector)),
  );
  const owner = owners[found];
  if (owner === undefined || !isConfirmed(service, detector)) return undefined;
  return { rule: 'owner and port', tier: 2, when: { owner } };
}

/**
 * A vendor's or an operator's name for the product, such as `grafana-mimir`: the product's words stand whole in a name
 * or chart label, and the component is one of its entry points.
 */
function variantOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  const { words } = detector;
  const component = facts.components.find((value) => isEntryPoint(value, detector));
  if (component === undefined) return undefined;
  const product = facts.products.find((value) => hasWord(value, words));
  if (product !== undefined) return { rule: 'product in label and component', tier: 4, when: { product, component } };
  const chart = facts.charts.find((value) => hasWord(value, words));
  return chart === undefined
    ? undefined
    : { rule: 'product in chart and component', tier: 4, when: { chart, component } };
}

/** An application's chart names its own product everywhere, and what it brings in the component: `component: redis`. */
function componentOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  const component = facts.components.find((value) => isProduct(value, detector));
  if (component === undefined || !isConfirmed(facts.service, detector)) return undefined;
  return { rule: 'component label and port', tier: 4, when: { component } };
}

/** The Service's labels name the application, those of its pods the product, and so does the Service's name. */
function podLabelOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, selector } = service;
  const key = [...productLabels, ...houseLabels].find((one) => isProduct(getOwn(selector ?? {}, one) ?? '', detector));
  if (key === undefined || !isConfirmed(service, detector)) return undefined;
  if (!detector.words.some((word) => name.includes(word))) return undefined;
  return { rule: 'label of its pods, name and port', tier: 4, when: { selector: { [key]: '*' } } };
}

/** A name label with more words than the product's, a name that ends with it, and a number that no other product has. */
function nameAndLabelOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, ports } = service;
  const ends = detector.words.some((word) => `-${name}`.endsWith(`-${word}`));
  if (!ends || !products.some((value) => hasWord(value, detector.words))) return undefined;
  if (!isConfirmed(service, detector) || !ports.some((port) => isTellingNumber(port, detector))) return undefined;
  return { rule: 'product in label, name and port', tier: 5, when: { name } };
}

/**
 * Without any label: the product stands whole in the Service's name and in the name of a port, `tcp-postgresql`, that
 * has the product's own number as well.
 */
function nameAndPortOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const names = namesOf(detector);
  if (products.length > 0 || !hasWord(service.name, names)) return undefined;
  const port = service.ports.find(
    (one) => one.protocol === 'TCP' && hasWord(one.name, names) && isTellingNumber(one, detector),
  );
  if (port === undefined) return undefined;
  const namedPort = { name: port.name, number: String(port.port) };
  return { rule: 'name and port name', tier: 5, when: { name: service.name, namedPort } };
}

/** The product's own names, as its name labels have them. */
const namesOf = memoize(({ evidence }: Detector): readonly string[] =>
  evidence.flatMap(({ tier, when: { product = [] } }) => (tier === 2 ? product : [])),
);

/** Whether the product's words stand whole in a text. */
function hasWord(text: string, words: readonly string[]): boolean {
  return words.some((word) => `-${text}-`.includes(`-${word}-`));
}

/** Whether a label's value is one of the product's own names. */
function isProduct(value: string, { evidence }: Detector): boolean {
  return evidence.some(
    ({ tier, when: { product, ...more } }) =>
      tier === 2 &&
      product !== undefined &&
      Object.keys(more).length === 0 &&
      matchesPattern(product, value.toLowerCase()),
  );
}
