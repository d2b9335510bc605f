import type { LabelNames, Meaning } from '../../../detectors/stores/types.ts';
import { hostProductOf } from '../../discovery/host-product.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { asString, getOwn, isList, isMap } from '../../lib/json.ts';
import { namespaceKey } from '../../lib/object-key.ts';
import { merge } from '../../lib/data/merge-patch.ts';
import { isShown } from '../consumer.ts';
import type { MadeEntry } from '../declared/types.ts';
import { logTypes, traceTypes } from './products.ts';

/** OpenTelemetry's resource attributes, used where a trace store has not told its own. */
const attributes: LabelNames = { namespace: 'k8s.namespace.name', pod: 'k8s.pod.name' };
/** Labels of logs, used where a store has not told its own. */
const labels: LabelNames = { namespace: 'namespace', pod: 'pod' };

/** Meanings that link a span with a log line. */
const shared: readonly Meaning[] = ['namespace', 'pod'];

/** Matches a trace id in the text of a log line, as frameworks write it. */
const traceIdInLine = '[tT]race_?[iI][dD]"?[:=]\\s*"?(\\w+)';

/** Labels of an exemplar that hold the trace id: OpenTelemetry's, and the one in Grafana's guides. */
const exemplarLabels = ['trace_id', 'traceID'];

/**
 * Links between data sources that both exist: from a span to its logs and metrics, from a log line or an exemplar to
 * its trace, from a metric to its alerts. Among several, the target is one in the same namespace, else the best of the
 * same cluster, else the best. `dollar` is the file's spelling of `$`.
 */
export function linksOf(entries: readonly MadeEntry[], dollar: '$' | '$$'): ReadonlyMap<string, DataMap> {
  const ofKind = (isKind: (kind: string) => boolean): readonly MadeEntry[] =>
    entries.filter(({ product, backend }) => isKind(product.kind) && hostProductOf(backend) === null);
  const [metrics, logs, traces, alerts] = [
    ofKind((kind) => kind === 'prometheus'),
    logTypes.flatMap((type) => ofKind((kind) => kind === type)),
    ofKind((kind) => traceTypes.has(kind)),
    ofKind((kind) => kind === 'alertmanager'),
  ];
  return new Map(
    entries.flatMap((one): [string, DataMap][] => {
      const { kind } = one.product;
      const near = (others: readonly MadeEntry[]): MadeEntry | undefined => nearest(one, others);
      const parts = [
        ...(traceTypes.has(kind) ? [fromTraces(one, { metrics: near(metrics), logs: near(logs) })] : []),
        ...(kind === 'loki' ? [fromLoki(near(traces), dollar)] : []),
        ...(kind === 'prometheus' ? [fromMetrics({ traces: near(traces), alerts: near(alerts) })] : []),
      ];
      const jsonData = parts.reduce((all, part) => merge(all, part) as DataMap, {});
      return Object.keys(jsonData).length === 0 ? [] : [[one.name, { jsonData }]];
    }),
  );
}

/** Keys of `jsonData` that hold a link, or a list of them. */
const linkKeys: ReadonlySet<string> = new Set([
  ...['tracesToLogsV2', 'tracesToMetrics', 'serviceMap'],
  ...['derivedFields', 'exemplarTraceIdDestinations', 'alertmanagerUid'],
]);

/** The data sources without links to discovered ones that Git disables or removes: they would lead nowhere. */
export function withoutDeadLinks(final: DataMap, discovered: DataMap): DataMap {
  const hidden = new Set(Object.keys(discovered).filter((uid) => !isShown(getOwn(final, uid))));
  if (hidden.size === 0) return final;
  const isDead = (link: Data): boolean => hidden.has(asString(isMap(link) ? link.datasourceUid : link));
  const linked = (entry: Data): Data => {
    if (!isMap(entry) || !isMap(entry.jsonData)) return entry;
    const { jsonData, ...others } = entry;
    const kept = Object.entries(jsonData).flatMap(([key, value]): [string, Data][] => {
      if (!linkKeys.has(key)) return [[key, value]];
      const links = isList(value) ? value : [value];
      const alive = links.filter((link) => !isDead(link));
      if (alive.length === links.length) return [[key, value]];
      return alive.length === 0 ? [] : [[key, alive]];
    });
    return kept.length === 0 ? others : { ...entry, jsonData: Object.fromEntries(kept) };
  };
  return Object.fromEntries(Object.entries(final).map(([uid, entry]) => [uid, linked(entry)]));
}

function nearest({ backend }: MadeEntry, others: readonly MadeEntry[]): MadeEntry | undefined {
  const { cluster } = backend.service;
  const near = others.filter((one) => one.backend.service.cluster === cluster);
  const namespace = namespaceKey(backend.service);
  return near.find((one) => namespaceKey(one.backend.service) === namespace) ?? near[0] ?? others[0];
}

interface Ends {
  readonly metrics?: MadeEntry | undefined;
  readonly logs?: MadeEntry | undefined;
  readonly traces?: MadeEntry | undefined;
  readonly alerts?: MadeEntry | undefined;
}

function fromTraces(traces: MadeEntry, { metrics, logs }: Ends): DataMap {
  return {
    ...(logs ? { tracesToLogsV2: toLogs(traces, logs) } : {}),
    ...(metrics ? { tracesToMetrics: { datasourceUid: metrics.name } } : {}),
    ...(metrics && traces.product.kind === 'tempo' ? { serviceMap: { datasourceUid: metrics.name } } : {}),
  };
}

/** Searches an hour before and after the span: log times rarely match span times exactly. */
function toLogs(traces: MadeEntry, logs: MadeEntry): DataMap {
  const spans = { ...attributes, ...traces.backend.store?.labels };
  const lines = { ...labels, ...logs.backend.store?.labels };
  const tags = shared.flatMap((meaning) => {
    const [key, value] = [spans[meaning], lines[meaning]];
    return key === undefined || value === undefined ? [] : [{ key, value }];
  });
  const shifts = { spanStartTimeShift: '-1h', spanEndTimeShift: '1h' };
  return { datasourceUid: logs.name, filterByTraceID: true, ...shifts, tags };
}

function fromLoki(traces: MadeEntry | undefined, dollar: string): DataMap {
  if (!traces) return {};
  const to = { datasourceUid: traces.name, url: `${dollar}{__value.raw}` };
  return {
    derivedFields: [
      { name: 'trace_id', matcherType: 'label', matcherRegex: 'trace_id', ...to },
      { name: 'TraceID', matcherRegex: traceIdInLine, ...to },
    ],
  };
}

function fromMetrics({ traces, alerts }: Ends): DataMap {
  return {
    ...(traces
      ? { exemplarTraceIdDestinations: exemplarLabels.map((name) => ({ name, datasourceUid: traces.name })) }
      : {}),
    ...(alerts ? { alertmanagerUid: alerts.name } : {}),
  };
}
