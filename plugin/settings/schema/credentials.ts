import * as z from 'zod';
import { Globs, LabelSelector, texts } from './common.ts';

const reference = /\{\{\s*env\.\w+\s*\}\}|\$\{\w+\}/;

/** Keys that tell how a credential is sent, or whose it is: not secret. Kafka's may have the prefix of old releases. */
const describing =
  /^(?:kafka_)?(?:name|type|user|username|basicAuthUser|database|client_id|tenant_id|region|aws_region|security_protocol|sasl_mechanism)$/;

/** Paths of files in the consumer's container: their content is secret, the paths are not. */
const fileKey = /(?:^|_)(?:cert|key|ca)(?:_path|_file)?$|^tlsCaFile$/;
const filePath = /^\/(?:[\w.@+-]+\/)*[\w.@+-]+$/;

/** Words in the name of a header that indicate a secret value. */
const secretHeader = /auth|token|key|secret|passw|cookie|session|credential|bearer|jwt|sign/i;

/** Limits, because all of these are printed beside each backend of the toolset. */
const maxKeys = 20;
const maxCharacters = 1_000;

function allowsPlainText(key: string, value: string): boolean {
  return describing.test(key) || (fileKey.test(key) && !/api_?key$/.test(key) && filePath.test(value));
}

type Issue = readonly [path: readonly string[], message: string];

function textIssues(path: readonly string[], value: string, isPlain: boolean): Issue[] {
  if (value.length > maxCharacters)
    return [[path, `too big: expected at most ${String(maxCharacters)} characters`] as const];
  if (isPlain || reference.test(value)) return [];
  return [
    [
      path,
      'invalid credential: expected a reference such as "{{ env.GRAFANA_API_KEY }}", for other consumers "${GRAFANA_API_KEY}", never a value',
    ] as const,
  ];
}

function issuesOf(config: CredentialConfig): Issue[] {
  return Object.entries(config).flatMap(([key, value]) => {
    if (typeof value === 'string') return textIssues([key], value, allowsPlainText(key, value));
    if (typeof value !== 'object') return [];
    const isHeaders = key.endsWith('headers');
    return Object.entries(value).flatMap(([name, text]) =>
      textIssues([key, name], text, isHeaders ? !secretHeader.test(name) : allowsPlainText(name, text)),
    );
  });
}

const Value = z.union([z.string(), z.number(), z.boolean(), texts(maxKeys)], {
  error: 'invalid value: expected a string, a number, true or false, or a map of strings',
});

/** Keys of a toolset's config, under the consumer's names. */
const Config = z
  .record(z.string(), Value)
  .refine((map) => Object.keys(map).length <= maxKeys, `too big: expected at most ${String(maxKeys)} keys`)
  .superRefine((config, context) => {
    for (const [path, message] of issuesOf(config)) context.addIssue({ code: 'custom', path: [...path], message });
  });
export type CredentialConfig = Readonly<Record<string, string | number | boolean | Readonly<Record<string, string>>>>;

const Rule = z.strictObject({
  services: z
    .strictObject({
      namespaces: Globs.min(1).default(['*']).describe('Globs of namespaces.'),
      names: Globs.min(1).default(['*']).describe('Globs of names of Services.'),
      selector: LabelSelector.prefault({}).describe('Label selector for Services.'),
    })
    .prefault({}),
  instances: Globs.min(1).default(['*']).describe('Globs of instance names, as in the ConfigMap.'),
  config: Config.describe("Keys of the toolset's config."),
});
export type CredentialRule = z.infer<typeof Rule>;

/** Limited because each one is compared with every backend of its toolset. */
const maxRules = 100;

export const Credentials = z
  .record(
    z.string(),
    z.union([Config, z.array(Rule).max(maxRules)], {
      error: 'invalid credential: expected a map, or a list of {services, instances, config}',
    }),
  )
  .describe(
    'By toolset or by detector: keys of its config (of auth for HTTP APIs), with secrets as references that the consumer resolves. In a list, each backend gets the first entry that matches it. Only trusted Services get credentials.',
  );
export type Credentials = z.infer<typeof Credentials>;
