import { keyOf } from '../lib/object-key.ts';
import type { Cluster, KeptKeys } from './types.ts';

/**
 * One read of a cluster shared by several discoveries: each list, object and ConfigMap is requested once. `keys` covers
 * what any of the discoveries needs of Services and Namespaces.
 */
export function sharedCluster(cluster: Cluster, keys: KeptKeys): Cluster {
  const services = answerOnce<ReturnType<Cluster['services']>>();
  const namespaces = answerOnce<ReturnType<Cluster['namespaces']>>();
  const endpoints = answerOnce<ReturnType<Cluster['endpoints']>>();
  const configMaps = answerOnce<ReturnType<Cluster['configMap']>>();
  const resources = answerOnce<ReturnType<Cluster['customResource']>>();
  const pods = new WeakMap<object, ReturnType<typeof answerOnce<ReturnType<Cluster['pod']>>>>();
  return {
    services: (scope) => services(JSON.stringify(scope), () => cluster.services(scope, keys)),
    namespaces: () => namespaces('', () => cluster.namespaces(keys)),
    endpoints: (some, scope) =>
      endpoints(JSON.stringify([scope, some.map(keyOf)]), () => cluster.endpoints(some, scope)),
    configMap: (name) => configMaps(keyOf(name), () => cluster.configMap(name)),
    customResource: (ref) => {
      const { type, namespace, name, uid } = ref;
      return resources(JSON.stringify([type.group, type.kind, namespace, name, uid]), () =>
        cluster.customResource(ref),
      );
    },
    pod: (ref, kept) => {
      const known = pods.get(kept) ?? answerOnce();
      pods.set(kept, known);
      return known(JSON.stringify(ref), () => cluster.pod(ref, kept));
    },
    now: cluster.now,
  };
}

/** Calls with the same key share the answer of the first one. */
function answerOnce<Answer>(): (key: string, ask: () => Answer) => Answer {
  const answers = new Map<string, { readonly answer: Answer }>();
  return (key, ask) => {
    const known = answers.get(key) ?? { answer: ask() };
    answers.set(key, known);
    return known.answer;
  };
}

/** As above, for a function of plain data. */
export function memoizeByJson<Question, Answer>(ask: (question: Question) => Answer): (question: Question) => Answer {
  const once = answerOnce<Answer>();
  return (question) => once(JSON.stringify(question), () => ask(question));
}
