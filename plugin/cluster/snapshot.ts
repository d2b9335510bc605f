import type { FieldValues, ServiceView } from '../../detectors/types.ts';
import { systemClock } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import { asObject, asObjects, getOwn } from '../lib/json.ts';
import { keyOf } from '../lib/object-key.ts';
import { fieldValues, podView } from './evidence-projections.ts';
import { configMapView, maxServiceText, nameOnly, namespaceView, serviceView } from './projections.ts';
import type { Recording } from './recording.ts';
import { noSlices, oversizeService } from './recording.ts';
import { mergeSlices, sliceView } from './slice-projections.ts';
import type { Answer, Cluster, KeptKeys, PodKeys, PodRef, PodView, ResourceRef } from './types.ts';
import { isInScope } from './types.ts';

/** On a recorded Service that is too large to be evaluated: its length. The recording has only its name. */
export const lengthAnnotation = 'kubernaut.io/snapshot-length';

/** The cluster as recorded. */
export function snapshot(recording: Recording, clock = systemClock): Cluster {
  const objects = (kind: string): readonly unknown[] => recording.get(kind) ?? [];
  const slices = objects('EndpointSlice').flatMap((slice) => sliceView(slice) ?? []);
  const endpoints = mergeSlices(slices);
  const hasSlices = slices.length > 0 || recording.has(noSlices.kind);
  return {
    services: (scope, keys) =>
      Promise.resolve(
        objects('Service')
          .flatMap((object) => recordedService(object, keys) ?? [])
          .filter(({ namespace }) => isInScope(scope, namespace)),
      ),
    namespaces: (keys) => Promise.resolve(objects('Namespace').flatMap((object) => namespaceView(object, keys) ?? [])),
    endpoints: (services) =>
      Promise.resolve(hasSlices ? endpoints : new Map(services.map((service) => [keyOf(service), allReady]))),
    configMap: ({ namespace, name }) => {
      const [live] = named(objects('ConfigMap'), namespace, name);
      return Promise.resolve(live ? configMapView(live) : null);
    },
    customResource: (ref) => Promise.resolve(recordedResource(objects(ref.type.kind), ref)),
    pod: (ref, keys) => Promise.resolve(recordedPod(objects('Pod'), ref, keys)),
    // Time of the latest change in the recording, so that the time unready does not grow with the age of the file. A
    // change in the future is ignored: it would make all others look old.
    now: () => {
      const present = clock.epochMs();
      const times = slices.map(({ endpoints: { changedAt } }) => changedAt ?? 0).filter((time) => time <= present);
      return times.reduce((latest, time) => Math.max(latest, time), 0);
    },
  };
}

function recordedService(object: unknown, keys: KeptKeys): ServiceView | null {
  const view = oversizeService(object) ?? serviceView(object, keys);
  const { annotations } = asObject(asObject(object).metadata);
  const length = Number(getOwn(asObject(annotations), lengthAnnotation));
  return view && length > maxServiceText ? { ...nameOnly(view), oversize: length } : view;
}

/** An object in any known version: the recorded one. */
function recordedResource(
  objects: readonly unknown[],
  { type, namespace, name, uid }: ResourceRef,
): Answer<FieldValues> {
  if (objects.length === 0) return { unread: 'NotRecorded' };
  const found = named(objects, namespace, name).find(({ apiVersion }) =>
    type.versions.some((version) => apiVersion === `${type.group}/${version}`),
  );
  if (!found) return { unread: 'NotFound' };
  const own = asObject(found.metadata).uid;
  const isOwn = uid === null || own === undefined || own === uid;
  return isOwn ? { value: fieldValues(found, type) } : { unread: 'NotItsOwn' };
}

/** Found by name; without recorded EndpointSlices, the first Pod that the selector matches. */
function recordedPod(objects: readonly unknown[], ref: PodRef, keys: PodKeys): Answer<PodView> {
  if (objects.length === 0) return { unread: 'NotRecorded' };
  const candidates =
    ref.name === null
      ? asObjects(objects).filter(({ metadata }) => asObject(metadata).namespace === ref.namespace)
      : named(objects, ref.namespace, ref.name);
  const views = candidates.flatMap((pod) => [podView(pod, ref, keys)].filter((view) => view !== null));
  const [first] = views;
  if (first) return { value: first };
  return { unread: ref.name !== null && candidates.length > 0 ? 'NotItsOwn' : 'NotFound' };
}

function named(objects: readonly unknown[], namespace: string, name: string): Json[] {
  return asObjects(objects).filter(({ metadata }) => {
    const own = asObject(metadata);
    return own.name === name && (own.namespace ?? 'default') === namespace;
  });
}

const allReady = { ready: 1, notReady: 0, changedAt: null, ports: null, pod: null } as const;
