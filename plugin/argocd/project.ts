import type { Connection } from '../cluster/connection/connection.ts';
import type { ReadOptions } from '../cluster/http/api-client.ts';
import { reader } from '../cluster/http/api-client.ts';
import type { RequestDescriptor } from '../cluster/http/request-errors.ts';
import { objectPath } from '../cluster/http/resource-path.ts';
import type { Json } from '../lib/json.ts';
import { asObject, asObjects, asString } from '../lib/json.ts';
import { matchesGlob } from './glob.ts';

/**
 * Whether it is a valid object name: anything else, such as `..`, is not a project, and must not become part of a path.
 */
export function isProjectName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name);
}

export interface ProjectOptions extends ReadOptions {
  /** The projects to read are not known beforehand: a missing right is reported for all of them. */
  readonly ofMany?: true;
}

/** An AppProject in Argo CD's namespace; `null` if it does not exist or the name is invalid. Rejects with CLUSTER_*. */
export async function readProject(
  connection: Connection,
  namespace: string,
  name: string,
  signal: AbortSignal,
  options: ProjectOptions = {},
): Promise<Json | null> {
  if (!isProjectName(name)) return null;
  const all = { group: 'argoproj.io', resource: 'appprojects', verb: 'get', namespace } as const;
  const resource: RequestDescriptor = options.ofMany ? all : { ...all, name };
  const { status, body } = await reader(connection, signal, options)(objectPath(resource, name), resource);
  return status === 200 ? asObject(body) : null;
}

/** The project's `spec`. */
export async function readProjectSpec(...of: Parameters<typeof readProject>): Promise<Json | null> {
  const project = await readProject(...of);
  return project && asObject(project.spec);
}

/** A cluster as Argo CD knows it, and a namespace in it. */
export interface ProjectDestination {
  readonly server: string;
  readonly name: string;
  readonly namespace: string;
  /** The project in the cluster's own Secret; `null` if it has none. */
  readonly clusterProject: string | null;
}

/** Whether an AppProject lets its Applications deploy there, as Argo CD 3.6 decides it, including denials with `!`. */
export function permitsDestination(projectName: string, project: Json, destination: ProjectDestination): boolean {
  const { server, name, namespace, clusterProject } = destination;
  if (project.permitOnlyProjectScopedClusters === true && clusterProject !== projectName) return false;
  let permitted = false;
  for (const one of asObjects(project.destinations)) {
    const item = { server: asString(one.server), name: asString(one.name), namespace: asString(one.namespace) };
    const byName = name !== '' && matchesOrDenies(item.name, name);
    const byServer = server !== '' && matchesOrDenies(item.server, server);
    const inNamespace = matchesOrDenies(item.namespace, namespace);
    if ((byName || byServer) && inNamespace) permitted = true;
    else if (((!byName && isDenial(item.name)) || (!byServer && isDenial(item.server))) && inNamespace) return false;
    else if (!inNamespace && isDenial(item.namespace) && byServer) return false;
  }
  return permitted;
}

/** A denial matches everything else. */
function matchesOrDenies(pattern: string, text: string): boolean {
  return isDenial(pattern) ? !matchesGlob(pattern.slice(1), text) : matchesGlob(pattern, text);
}

function isDenial(pattern: string): boolean {
  return pattern.startsWith('!');
}
