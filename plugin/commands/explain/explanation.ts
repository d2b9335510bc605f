import type { Decision } from '../../discovery/decision.ts';
import { outputFieldsOf } from '../../discovery/decision.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { formatDiagnostic } from '../../lib/diagnostic.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { EntryCost } from '../../consumers/consumer.ts';
import type { Costs } from '../../consumers/cost.ts';
import { costsOf } from '../../consumers/cost.ts';
import { originsOf } from '../../customizations/origins.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import type { UnusedReason } from './unused-backends.ts';
import { unusedReasons } from './unused-backends.ts';

/** One Service in `explain -o json`. `null` if nothing points at a product, or no port answers. */
export interface ExplainedService {
  /** Set if several clusters are read. */
  readonly cluster?: string;
  readonly namespace: string;
  readonly name: string;
  readonly decision: Decision['decision'];
  readonly detector: string | null;
  readonly toolset: string | null;
  readonly url: string | null;
  readonly scheme: string | null;
  readonly port: number | null;
  readonly path: string | null;
  readonly rule: string;
  /** A stable code; docs/detection.md lists all of them. */
  readonly reason: Decision['reason'] | UnusedReason['reason'];
  /** One sentence without a full stop. */
  readonly message: string;
}

/** Tools and estimated tokens of each prompt. */
export interface TotalCost extends EntryCost {
  /** Costs of the toolsets that are on without an entry. */
  readonly onByDefault: readonly ({ readonly name: string } & EntryCost)[];
  /** Toolsets missing from the sum: only their servers know their tools. */
  readonly unknown: readonly string[];
  /** `target.maxToolTokens`. */
  readonly limit: number | null;
}

/** What `explain -o json` prints. */
export interface Explanation {
  readonly services: readonly ExplainedService[];
  readonly toolsets: readonly {
    readonly name: string;
    readonly enabled: boolean;
    readonly origin: string;
    readonly services: readonly string[];
    readonly overridden: readonly string[];
    /** `null` if the costs of the consumer or of this toolset are unknown. */
    readonly cost: EntryCost | null;
    /** Whether it exceeds the settings' budget. */
    readonly leftOut: boolean;
  }[];
  /** Toolsets that the consumer enables by itself, without an entry in the file. */
  readonly onByDefault: readonly string[];
  /** What all of them add to each prompt; `null` if the consumer's costs are unknown. */
  readonly cost: TotalCost | null;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Harmless but worth knowing: settings that match nothing in this cluster. */
  readonly notes: readonly { readonly code: string; readonly message: string }[];
}

/** The stable structure behind all output formats. */
export function explanationOf(result: PipelineResult): Explanation {
  const { consumer, discovery, generated, final, warnings, notes } = result;
  const { admitted } = discovery;
  const costs = costsOf(consumer, final);
  const leftOut = new Map(result.leftOut.map(({ name, cost }) => [name, cost]));
  const unused = new Map(admitted.map((candidate) => [keyOf(candidate.service), unusedReasons(candidate, result)]));
  const services = Map.groupBy(
    admitted.flatMap((candidate) => consumer.entriesOf(candidate).map((entry) => ({ entry, candidate }))),
    ({ entry }) => entry,
  );
  // Entries without a backend of their own that add to the entries of others.
  const additions = Object.keys(generated.file.toolsets).filter((name) => !consumer.alwaysOn.includes(name));
  return {
    services: discovery.decisions.map((decision) => explained(decision, unused.get(keyOf(decision.service)) ?? [])),
    toolsets: originsOf(generated.file, final, new Set([...services.keys(), ...additions]), consumer.isEnabled).map(
      ({ name, enabled, origin, overridden }) => ({
        name,
        enabled,
        origin,
        services: services.get(name)?.map(({ candidate }) => keyOf(candidate.service)) ?? [],
        overridden: leftOut.has(name) ? [] : overridden,
        cost: leftOut.get(name) ?? (costs && costIn(costs, name)),
        leftOut: leftOut.has(name),
      }),
    ),
    onByDefault: consumer.implicitlyEnabled(final),
    cost: costs && totalOf(costs, result),
    warnings: warnings.map(codeAndMessage),
    notes: notes.map(codeAndMessage),
  };
}

function codeAndMessage(one: Diagnostic): { readonly code: string; readonly message: string } {
  return { code: one.code, message: formatDiagnostic(one) };
}

/** `null` for what Git removes. */
function costIn({ toolsets }: Costs, name: string): EntryCost | null {
  const written = toolsets.find((one) => one.name === name && !one.isImplicit);
  return written ? written.cost : { tools: 0, tokens: 0 };
}

function totalOf({ toolsets, total, unknown }: Costs, { settings }: PipelineResult): TotalCost {
  const implicit = toolsets.filter(({ isImplicit }) => isImplicit);
  return {
    ...total,
    onByDefault: implicit.flatMap(({ name, cost }) => (cost ? [{ name, ...cost }] : [])),
    unknown,
    limit: settings.spec.target.maxToolTokens ?? null,
  };
}

/** A selected backend that the consumer does not use gets the reason for that, and both messages. */
function explained(one: Decision, unused: readonly UnusedReason[]): ExplainedService {
  const { service, decision, detector, reason, message } = one;
  return {
    ...(service.cluster === undefined ? {} : { cluster: service.cluster }),
    namespace: service.namespace,
    name: service.name,
    decision,
    detector: detector?.id ?? null,
    ...outputFieldsOf(one),
    reason: unused[0]?.reason ?? reason,
    message: [message, ...unused.map((one) => one.message)].join('; '),
  };
}
