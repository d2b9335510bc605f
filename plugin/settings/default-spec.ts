import { ToolsetConfig } from './schema/index.ts';

/** What holds where Git says nothing. A bundle has the value in place of this module, so that nothing has to be computed. */
export const defaultSpec: ToolsetConfig['spec'] = ToolsetConfig.parse({
  apiVersion: 'toolset.kubernaut.ai/v1alpha1',
  kind: 'ToolsetConfig',
}).spec;
