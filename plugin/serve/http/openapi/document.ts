import * as z from 'zod';
import { getOwn } from '../../../lib/json.ts';
import { eventsOperation, guarded, plainOperations } from './plain-operations.ts';
import type { PlainOperation } from './plain-operations.ts';
import type { ApiOperation } from './operation.ts';
import { problems } from '../problem.ts';
import type { ProblemCode } from '../problem.ts';
import { componentSchemas } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** Problems of every API operation. */
const common: readonly ProblemCode[] = ['invalid-request', ...guarded, 'not-ready'];
/** Problems of every operation with a body. */
const bodyProblems: readonly ProblemCode[] = [
  'request-timeout',
  'payload-too-large',
  'unsupported-media-type',
  'overloaded',
];

/** The OpenAPI 3.1 description, built from the schemas that parse requests and type responses. */
export function openApiDocument(operations: readonly ApiOperation[], version: string): Json {
  const described = Array.from(
    Map.groupBy(operations, ({ path }) => path),
    ([path, all]) => [path, Object.fromEntries(all.map((one) => [one.method, describeOperation(one)]))],
  );
  const plain = [eventsOperation, ...plainOperations].map((one) => [one.path, { get: describePlainOperation(one) }]);
  const paths = Object.fromEntries([...described, ...plain]) as Json;
  return {
    openapi: '3.1.1',
    info: {
      title: 'dynamic-toolset',
      version,
      description:
        'Discovered Services, the content of each toolset ConfigMap, and the reasons. Read-only except for triggering discovery; only Argo CD writes the ConfigMaps.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A Kubernetes token. A ClusterRole rule with nonResourceURLs for the path and the verb get or post grants access.',
        },
        extension: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Dynamic-Toolset-Secret',
          description: "Added by Argo CD's proxy extension, with the headers of Argo CD's own: not for other clients.",
        },
      },
      schemas: components(),
    },
  };
}

function describeOperation(operation: ApiOperation): Json {
  const { id, summary, description, parameters, query, body, access, response, problems: own } = operation;
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(access === 'token' ? {} : { security: [{ extension: [] }] }),
    parameters: [
      ...(access === 'token' ? [] : extensionHeaders),
      ...parametersOf('path', parameters),
      ...parametersOf('query', query),
      ...(body === null ? [ifNoneMatch] : []),
    ],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { 'application/json': { schema: schemaOf(body, 'input') } },
          },
        }),
    responses: {
      200: {
        description: 'Current state.',
        ...(body === null
          ? { headers: { ETag: { schema: { type: 'string' }, description: 'Validator for If-None-Match.' } } }
          : {}),
        content: { 'application/json': { schema: schemaOf(response, 'output') } },
      },
      ...(body === null ? { 304: { description: 'Not modified.' } } : {}),
      ...problemResponses([...common, ...(body === null ? [] : bodyProblems), ...own]),
    },
  };
}

function describePlainOperation({ id, summary, mediaType, isOpen, responses, problems: own }: PlainOperation): Json {
  return {
    operationId: id,
    summary,
    ...(isOpen ? { security: [] } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, description]) => [
          status,
          {
            description,
            content: { [mediaType]: { schema: { type: mediaType === 'application/json' ? 'object' : 'string' } } },
          },
        ]),
      ),
      ...problemResponses(own),
    },
  };
}

const ifNoneMatch = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The ETag of an earlier response.',
  schema: { type: 'string' },
};

/** Headers that Argo CD sets. */
const extensionHeaders = [
  ['Argocd-Username', "The user's name in Argo CD, if it has one: requests are limited by it.", 'alice', false],
  ['Argocd-User-Id', 'The same for users without a name.', 'CiQ0', false],
  ['Argocd-Application-Name', 'The Application, as NAMESPACE:NAME.', 'argocd:holmesgpt', true],
  ['Argocd-Project-Name', 'The project of the Application.', 'default', true],
].map(([name, description, example, required]) => ({
  name,
  in: 'header',
  required,
  description,
  example,
  schema: { type: 'string' },
}));

function parametersOf(where: 'path' | 'query', fields: z.ZodObject | null): Json[] {
  return Object.entries(fields?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field as z.ZodType, 'output');
    const required = where === 'path';
    return { name, in: where, required, ...(description === undefined ? {} : { description }), schema };
  });
}

/** Keyed by status: several problems may share one. */
function problemResponses(names: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(new Set(names), (name) => problems[name].status);
  const sorted = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    sorted.map(([status, some]) => [
      status,
      {
        description: some.map((name) => `${problems[name].title} (${name}).`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

/** zod emits a reference for a schema with an id even as the whole document; the definition itself is wanted here. */
function components(): Json {
  return Object.fromEntries(
    Object.entries(componentSchemas).map(([name, schema]) => {
      const document = z.toJSONSchema(schema, { io: 'output', target: 'draft-2020-12' });
      return [name, cleaned(getOwn(document.$defs, name) ?? document)];
    }),
  );
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  return cleaned(z.toJSONSchema(schema, { io, target: 'draft-2020-12' }));
}

/** Turns references within one schema into references to the components. */
function cleaned({ $schema, $defs, id, ...schema }: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/$defs/', '#/components/schemas/')) as Json;
}
