import { houseLabels, productLabels } from '../../../detectors/label-keys.ts';
import type { Detector, Evidence } from '../../../detectors/types.ts';
import { getOwn } from '../../lib/json.ts';
import { isEntryPoint } from './component.ts';
import { isConfirmed } from './own-port.ts';
import type { ServiceFacts } from './service-facts.ts';
import { valuesOf } from './service-facts.ts';
import {
  distinctiveNamesOf,
  endsWith,
  hasDistinctivePort,
  namesOtherPart,
  hasWord,
  isProduct,
  namesOf,
  withoutServiceEnds,
  termOf,
  withoutNumbers,
} from './product-words.ts';
import {
  broughtOf,
  databaseOf,
  nameAndComponentOf,
  nameOf,
  numbersOf,
  outsideOf,
  portNameOf,
} from './name-evidence.ts';

/**
 * Evidence common to all products, for Services that none of the detector's own evidence matches: any operator's
 * resource, a vendor's chart, stores that applications bring along, and names that people commonly choose.
 */
export function commonEvidenceOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  return (
    ownerOf(facts, detector) ??
    numberedOf(facts, detector) ??
    variantOf(facts, detector) ??
    componentOf(facts, detector) ??
    chartOf(facts, detector) ??
    podLabelOf(facts, detector) ??
    abbreviationOf(facts, detector) ??
    nameAndLabelOf(facts, detector) ??
    selectorTermOf(facts, detector) ??
    portNameOf(facts, detector) ??
    nameOf(facts, detector) ??
    nameAndComponentOf(facts, detector) ??
    numbersOf(facts, detector) ??
    databaseOf(facts, detector) ??
    broughtOf(facts, detector) ??
    outsideOf(facts, detector)
  );
}

/** Suffixes that operators add to the product in the kinds of their resources: `MySQLCluster`, `RedisFailover`. */
const kindEnds = /(?:cluster|replicaset|replication|failover|instance|database|server)$/i;

/** Any operator's resource whose kind names the product, such as `Postgres.kubedb.com`, and the product's own port. */
function ownerOf({ service, owners }: ServiceFacts, detector: Detector): Evidence | undefined {
  const found = service.owners.findIndex(({ kind }) =>
    [kind, kind.replace(kindEnds, '')].some((text) => isProduct(text, detector) || isLastOf(text, detector)),
  );
  const owner = owners[found];
  if (owner === undefined || !isConfirmed(service, detector)) return undefined;
  return { rule: 'owner and port', tier: 2, when: { owner } };
}

/** Whether the product's name ends the kind, after words of the operator's: `DistributedRedisCluster`. */
function isLastOf(kind: string, detector: Detector): boolean {
  return namesOf(detector).some(
    (name) => kind.toLowerCase().endsWith(name) && /[A-Z]/.test(kind.at(-name.length) ?? ''),
  );
}

/** A name label of the Service or its Pods that is the product followed by a number, and the product's own port. */
function numberedOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const product = products.find((value) => {
    const unnumbered = withoutNumbers(value);
    return unnumbered !== value && isProduct(unnumbered, detector);
  });
  if (product === undefined || !isConfirmed(service, detector)) return undefined;
  return { rule: 'product label and port', tier: 4, when: { product } };
}

/**
 * A vendor's or operator's name for the product, such as `grafana-mimir`: a name or chart label contains the product as
 * whole words, and the component is one of its entry points.
 */
function variantOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  const { words } = detector;
  const component = facts.components.find((value) => isEntryPoint(value, detector));
  if (component === undefined) return undefined;
  const product = facts.products.find((value) => hasWord(value, words));
  if (product !== undefined) return { rule: 'product in label and component', tier: 4, when: { product, component } };
  // A chart of another part, such as `victoria-metrics-alert`, calls it `server` too.
  const chart = facts.charts.find((value) => hasWord(value, words) && !namesOtherPart(value, detector));
  return chart === undefined
    ? undefined
    : { rule: 'product in chart and component', tier: 4, when: { chart, component } };
}

/**
 * An application's chart names the application everywhere, and a product it brings only as
 * component: `component: redis`.
 */
function componentOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  const component = facts.components.find((value) => isProduct(value, detector));
  if (component === undefined || !isConfirmed(facts.service, detector)) return undefined;
  return { rule: 'component label and port', tier: 4, when: { component } };
}

/** A vendor's chart of the product, such as `icp-mongodb`, even with other name labels, and a telling port number. */
function chartOf({ service, charts }: ServiceFacts, detector: Detector): Evidence | undefined {
  const chart = charts.find((value) => endsWith(value, distinctiveNamesOf(detector)));
  if (chart === undefined || !hasDistinctivePort(service, detector)) return undefined;
  return { rule: 'product in chart and port', tier: 4, when: { chart } };
}

/** Labels that name the product or the application. */
const namingLabels: ReadonlySet<string> = new Set([...productLabels, ...houseLabels]);

/**
 * The Service's labels name the application; its Pods' labels and the Service's name contain the product. Where the Pods' label
 * only ends with it (`shop-mysql`), the port needs a telling number.
 */
function podLabelOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, selector } = service;
  const ends = hasDistinctivePort(service, detector) ? distinctiveNamesOf(detector) : [];
  const key = [...namingLabels].find((one) => {
    const value = getOwn(selector ?? {}, one) ?? '';
    return isProduct(value, detector) || endsWith(value, ends);
  });
  if (key === undefined || !isConfirmed(service, detector)) return undefined;
  if (!detector.words.some((word) => name.includes(word))) return undefined;
  return { rule: 'label of its pods, name and port', tier: 4, when: { selector: { [key]: '*' } } };
}

/**
 * A short name of the product, such as `es-cluster`, in a name label of the Service or its Pods, without a word for
 * another part, and a telling port number.
 */
function abbreviationOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { abbreviations = [] } = detector;
  const isShort = (value: string): boolean =>
    abbreviations.some((one) => `${value}-`.startsWith(`${one}-`) || endsWith(value, [one])) &&
    !namesOtherPart(value, detector);
  const product = products.find((value) => isShort(withoutNumbers(value)));
  if (product === undefined || !hasDistinctivePort(service, detector)) return undefined;
  return { rule: 'abbreviation in label and port', tier: 4, when: { product } };
}

/**
 * A name label with the product among other words, a Service name that ends with the product, and a
 * telling port number.
 */
function nameAndLabelOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, selector } = service;
  const labels = [...products, ...valuesOf(selector ?? {}, productLabels)];
  if (!endsWith(withoutServiceEnds(name), detector.words) || !labels.some((value) => hasWord(value, detector.words)))
    return undefined;
  if (!hasDistinctivePort(service, detector)) return undefined;
  return { rule: 'product in label, name and port', tier: 5, when: { name } };
}

/**
 * A term of the pod selector has the product as its value, whatever the key: `tier: mysql`. Where a label names something
 * else (the application), only telling names count, and keys that name the application do not.
 */
function selectorTermOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const names = distinctiveNamesOf(detector);
  const isOfApplication = products.length > 0;
  const key = termOf(service, (value, one) =>
    isOfApplication ? names.includes(value) && !namingLabels.has(one) : isProduct(value, detector),
  );
  if (key === undefined || !hasDistinctivePort(service, detector)) return undefined;
  return { rule: 'term of the pod selector and port', tier: 5, when: { selector: { [key]: '*' } } };
}
