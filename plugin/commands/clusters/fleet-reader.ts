import { detectors } from '../../../detectors/index.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../consumers/index.ts';
import { digestOf } from '../../customizations/config-map.ts';
import { discover } from '../../discovery/discover.ts';
import type { ReadFleet } from '../../serve/clusters/read-fleet.ts';
import type { ServeFlags } from '../flags/serve-flags.ts';
import { askersFor } from './askers.ts';
import { discoverFleet } from './fleet.ts';
import type { FleetRun } from './fleet.ts';
import { assertMayProxy } from './named-cluster.ts';

/** As long as `generate` has by default. */
const deadlineMs = 45_000;

/** What `serve` reads several clusters with: each is listed once, by the code of `generate`, and its connection closed. */
export function fleetReader(flags: ServeFlags): ReadFleet {
  return async ({ spec, written, live, project, policy }) => {
    const consumer = consumerOf(spec.target);
    const access = credentialPolicyOf(spec, policy);
    const { isTrusted } = access;
    const shared = { detectors, isTrusted, consumer: limitToSettings(consumer, spec), policy };
    const signal = AbortSignal.timeout(deadlineMs);
    const askersIn = await askersFor(spec, { signal, mayAskDirectly: true });
    assertMayProxy({ spec }, flags);
    const run = {
      flags: { ...flags, ...ofOneRun, project },
      settings: { spec, written, file: null },
      inputs: { ...shared, spec },
      live,
      discoverIn: (...[cluster, own, route]: Parameters<FleetRun['discoverIn']>) =>
        discover({ ...shared, ...askersIn(route, own), spec: own, cluster }),
    };
    const conclusion = await discoverFleet(run, spec.clusters ?? []);
    const { file } = consumer.generate(conclusion.admitted, access);
    return { digest: digestOf({ spec, written }, file), conclusion, file };
  };
}

/** The Application's destination is known from the Application that owns the ConfigMap. */
const ofOneRun = {
  deadlineMs,
  snapshot: undefined,
  cluster: undefined,
  argoCdApplication: undefined,
  onStage: undefined,
} as const;
