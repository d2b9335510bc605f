import * as z from 'zod';
import type { FileDiagnostic } from '../../../lib/diagnostic.ts';
import { operation } from '../openapi/operation.ts';
import { Finding } from '../openapi/schemas.ts';
import { Validator } from '../validate/validator.ts';

const fileName = z
  .string()
  .regex(/^[\w.-][\w./-]{0,199}$/, 'expected a file name such as overrides.yaml')
  .describe("Name, relative to the Application's path.");

const maxFiles = 20;

const Files = z
  .record(fileName, z.string().describe('Content of the file.'))
  .refine((files) => Object.keys(files).length <= maxFiles, `expected at most ${String(maxFiles)} files`)
  .meta({ maxProperties: maxFiles, examples: [{ 'toolset.yaml': '', 'overrides.yaml': 'toolsets: {}\n' }] });

const validator = new Validator();

export const validateToolsets = operation({
  id: 'validateToolsets',
  method: 'post',
  path: '/api/v1/toolsets/validate',
  summary: "Validate an Application's files, as `dynamic-toolset validate` does",
  description: 'toolset.yaml, overrides.yaml and patches.yaml, or the files that toolset.yaml names. All are optional.',
  query: z.strictObject({}),
  body: z.strictObject({ files: Files }),
  response: z.strictObject({
    valid: z.boolean().describe('Whether there are neither errors nor warnings.'),
    findings: z.array(Finding),
  }),
  problems: ['too-complex', 'overloaded'],
  handle: async (_model, { body: { files }, signal }) => {
    const found = await validator.validate(files, signal);
    return { valid: !found.some(({ severity }) => severity !== 'note'), findings: found.map(toResponse) };
  },
});

function toResponse({ severity, code, location, message, hint }: FileDiagnostic): z.input<typeof Finding> {
  return { severity, code, file: location.file, line: location.line, column: location.column, message, hint };
}
