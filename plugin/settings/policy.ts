import * as z from 'zod';
import { readFile } from 'node:fs/promises';
import { diagnosticsError, PluginError, reasonOf } from '../lib/errors.ts';
import { parseYamlFile } from './yaml/parse.ts';
import { problemsIn } from './yaml/zod-errors.ts';
import { ownCluster } from '../lib/cluster-name.ts';
import { Globs } from './schema/common.ts';
import { getOwn } from '../lib/json.ts';

/**
 * The namespaces and clusters that each Argo CD project may discover in. The platform mounts it into
 * the sidecar; it never comes from Git.
 */
export const DiscoveryPolicy = z.strictObject({
  apiVersion: z.literal('toolset.kubernaut.ai/v1alpha1'),
  kind: z.literal('DiscoveryPolicy'),
  spec: z.strictObject({
    projects: z
      .record(
        z.string(),
        z.strictObject({
          namespaces: z.strictObject({
            include: Globs.min(1).describe('Globs of the namespaces that Applications of the project may discover in.'),
            exclude: Globs.default([]).describe(
              'Globs of the namespaces to leave out, even if `include` matches them.',
            ),
          }),
          clusters: Globs.default([ownCluster.name]).describe(
            'Globs of the clusters that Applications of the project may read; `in-cluster` is the one that the plugin runs in.',
          ),
          trust: z
            .strictObject({
              namespaces: Globs.describe('Globs of the namespaces that the project may trust with credentials.'),
            })
            .optional()
            .describe('Default: the project may trust every namespace that it may discover in.'),
        }),
      )
      .describe('Policies by name of the Argo CD AppProject.'),
  }),
});

export type DiscoveryPolicy = z.infer<typeof DiscoveryPolicy>;

/** The policy of one project. */
export interface ProjectPolicy {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** `null`: every namespace that it may discover in. */
  readonly trust: readonly string[] | null;
  /** Globs of the clusters that it may read; compared with the name or server that the settings use. */
  readonly clusters: readonly string[];
}

/** Reads the policy of one project. Throws POLICY_DENIED if there is none. */
export async function loadPolicy(file: string, project: string | undefined): Promise<ProjectPolicy> {
  if (project === undefined || project === '') {
    throw new PluginError('USAGE', '--policy needs the Argo CD project that it is applied to', {
      hint: 'Argo CD sets ARGOCD_APP_PROJECT_NAME for plugins; elsewhere name it with --project',
    });
  }
  const granted = grantOf(await readPolicy(file), project);
  if (granted) return granted;
  throw new PluginError('POLICY_DENIED', `the policy has no rule for the Argo CD project ${JSON.stringify(project)}`, {
    hint: `a platform administrator adds spec.projects.${project} to the policy of the plugin`,
  });
}

/** Reads the policies of all projects. */
export async function readPolicy(file: string): Promise<DiscoveryPolicy> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PluginError('FILE_UNREADABLE', `--policy ${file} cannot be read: ${reasonOf(cause)}`, {
      hint: "mount the policy into the plugin's container",
      cause,
    });
  });
  const yaml = parseYamlFile({ name: file, text }, 'SETTINGS_INVALID');
  const parsed = DiscoveryPolicy.safeParse(yaml.value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const problems = problemsIn(parsed.error, DiscoveryPolicy, yaml.locate);
  throw diagnosticsError('SETTINGS_INVALID', problems, policyShape);
}

const policyShape =
  'a policy is {apiVersion: toolset.kubernaut.ai/v1alpha1, kind: DiscoveryPolicy, spec: {projects: {NAME: {namespaces: {include: [NAMESPACE]}}}}}';

/** The policy of one project; `null` if there is none. */
export function grantOf({ spec: { projects } }: DiscoveryPolicy, project: string): ProjectPolicy | null {
  const rule = getOwn(projects, project);
  return rule ? { ...rule.namespaces, trust: rule.trust?.namespaces ?? null, clusters: rule.clusters } : null;
}
