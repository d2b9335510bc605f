import { configHeader, ToolsetConfig } from './schema/index.ts';

/** The defaults. In a bundle their value replaces this module, so that nothing has to be computed. */
export const defaultSpec: ToolsetConfig['spec'] = ToolsetConfig.parse(configHeader).spec;
