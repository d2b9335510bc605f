import type * as z from 'zod';
import type * as schemas from '../../../http/openapi/schemas.ts';

// Responses of the API, typed by the API's own schemas.
export type Application = z.output<typeof schemas.Application>;
export type Cluster = z.output<typeof schemas.Cluster>;
export type ConfigMapChanges = z.output<typeof schemas.ConfigMapChanges>;
export type ConfigMap = z.output<typeof schemas.ConfigMap>;
export type ExtensionConfigMap = z.output<typeof schemas.ExtensionConfigMap>;
export type ExplainedService = z.output<typeof schemas.ExplainedService>;
export type Toolset = z.output<typeof schemas.Toolset>;
export type ToolsetDetail = z.output<typeof schemas.ToolsetDetail>;
export type Decision = ExplainedService['decision'];

export interface List<T> {
  readonly items: readonly T[];
  readonly page: z.output<typeof schemas.Page>;
}
