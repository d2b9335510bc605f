import * as z from 'zod';

const Pointer = z
  .string()
  .regex(
    /^(?:\/(?:[^~/]|~[01])*)*$/,
    'invalid pointer: expected a JSON Pointer (RFC 6901) such as /config/api_url; ~1 stands for a slash',
  )
  .describe('JSON Pointer (RFC 6901) into the toolset.');

const Value = z.json().describe('Any value.');

/** One operation of a JSON Patch (RFC 6902). */
const Operation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('add'), path: Pointer, value: Value }),
  z.strictObject({ op: z.literal('remove'), path: Pointer }),
  z.strictObject({ op: z.literal('replace'), path: Pointer, value: Value }),
  z.strictObject({ op: z.literal('move'), from: Pointer, path: Pointer }),
  z.strictObject({ op: z.literal('copy'), from: Pointer, path: Pointer }),
  z.strictObject({ op: z.literal('test'), path: Pointer, value: Value }),
]);

/** `patches.yaml`: JSON Patches for toolsets, applied in order after the overrides. */
export const Patches = z.array(
  z.strictObject({
    target: z
      .string()
      .min(1)
      .describe('Name of the toolset, or a glob: grafana/*. MCP servers are called mcp_servers/NAME.'),
    patch: z.array(Operation).min(1).describe('Operations of a JSON Patch (RFC 6902), all of them or none.'),
    optional: z
      .boolean()
      .default(false)
      .describe('Whether it is skipped where the toolset is not there, or an operation does not apply.'),
  }),
);
export type Patches = z.infer<typeof Patches>;
