import * as z from 'zod';
import type { FileDiagnostic } from '../../../lib/diagnostic.ts';
import { operation } from '../openapi/operation.ts';
import { Finding } from '../openapi/schemas.ts';
import { createValidator } from '../validate/validator.ts';

const fileName = z
  .string()
  .regex(/^[\w.-][\w./-]{0,199}$/, 'is no name of a file such as overrides.yaml')
  .describe('Name, relative to the folder of the Application.');

const maxFiles = 20;

const Files = z
  .record(fileName, z.string().describe('What stands in the file.'))
  .refine((files) => Object.keys(files).length <= maxFiles, `has more than ${String(maxFiles)} files`)
  .meta({ maxProperties: maxFiles, examples: [{ 'toolset.yaml': '', 'overrides.yaml': 'toolsets: {}\n' }] });

const validate = createValidator();

export const validateToolsets = operation({
  id: 'validateToolsets',
  method: 'post',
  path: '/api/v1/toolsets/validate',
  summary: "Checks an Application's files, as `dynamic-toolset validate` does",
  description: 'toolset.yaml, overrides.yaml and patches.yaml, or as toolset.yaml names them. None has to be there.',
  query: z.strictObject({}),
  body: z.strictObject({ files: Files }),
  answer: z.strictObject({
    valid: z.boolean().describe('Whether there is neither an error nor a warning.'),
    findings: z.array(Finding),
  }),
  problems: ['too-complex', 'overloaded'],
  handle: async (_knowledge, { body: { files }, signal }) => {
    const found = await validate(files, signal);
    return { valid: !found.some(({ severity }) => severity !== 'note'), findings: found.map(answerOf) };
  },
});

function answerOf({ severity, code, location, message, hint }: FileDiagnostic): z.input<typeof Finding> {
  return { severity, code, file: location.file, line: location.line, column: location.column, message, hint };
}
