import { expect } from 'chai';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import { assertClientConnected, problemFor } from '../../../../plugin/serve/http/problem-details.ts';
import { documentOf } from '../../../../plugin/serve/http/problem.ts';
import type { Problem } from '../../../../plugin/serve/http/problem.ts';

const fault = { in: 'query', pointer: '/limit', detail: 'expected a whole number' } as const;
const bearer = 'Bearer realm="dynamic-toolset"';
const extension = 'ArgoCDExtension realm="dynamic-toolset"';

/** Each problem as its code, its detail and its headers. */
const cases: Readonly<
  Record<keyof typeof problemFor, readonly [Problem, code: string, detail: string, headers?: Record<string, string>][]>
> = {
  faults: [
    [
      problemFor.faults([fault]),
      'invalid-request',
      'Invalid query /limit: expected a whole number; /openapi.json describes every request.',
    ],
    [
      problemFor.faults([fault, fault, fault]),
      'invalid-request',
      'Invalid query /limit: expected a whole number, and 2 more; /openapi.json describes every request.',
    ],
  ],
  invalidPathEncoding: [
    [problemFor.invalidPathEncoding(), 'invalid-request', 'The path has an invalid percent-encoding.'],
  ],
  invalidHttp: [[problemFor.invalidHttp(), 'invalid-request', 'Not a valid HTTP/1.1 request.']],
  invalidJson: [[problemFor.invalidJson(), 'invalid-request', 'The body is not valid JSON.']],
  configMapRequired: [
    [
      problemFor.configMapRequired(['a/b', 'c/d']),
      'invalid-request',
      'The parameter configMap is required with several managed ConfigMaps (2: a/b, c/d).',
    ],
    [
      problemFor.configMapRequired(['a', 'b', 'c', 'd', 'e', 'f']),
      'invalid-request',
      'The parameter configMap is required with several managed ConfigMaps (6: a, b, c, d, e, …).',
    ],
  ],
  clusterForbidden: [
    [
      problemFor.clusterForbidden('anna', 'spoke', '/dynamic-toolset/clusters/spoke'),
      'forbidden',
      '"anna" may not see the cluster "spoke", or there is none of that name. A ClusterRole grants it: {nonResourceURLs: ["/dynamic-toolset/clusters/spoke"], verbs: ["get"]}',
      { 'www-authenticate': `${bearer}, error="insufficient_scope"` },
    ],
  ],
  clusterNotFound: [
    [problemFor.clusterNotFound('spoke'), 'not-found', 'No cluster "spoke" is watched; /api/v1/clusters lists them.'],
  ],
  clusterNotReady: [
    [
      problemFor.clusterNotReady('spoke'),
      'not-ready',
      'Nothing is known of the cluster "spoke": its ConfigMaps have not been evaluated.',
      { 'retry-after': '1' },
    ],
  ],
  tokenMissing: [
    [
      problemFor.tokenMissing(),
      'unauthenticated',
      'Send a Kubernetes token as `Authorization: Bearer TOKEN`; `kubectl create token ACCOUNT` creates one.',
      { 'www-authenticate': bearer },
    ],
  ],
  tokenInvalid: [
    [
      problemFor.tokenInvalid(),
      'unauthenticated',
      'The API server rejects this token, or it has expired; `kubectl create token ACCOUNT` creates one.',
      { 'www-authenticate': `${bearer}, error="invalid_token"` },
    ],
  ],
  forbidden: [
    [
      problemFor.forbidden('system:serviceaccount:a:b', 'get', '/metrics'),
      'forbidden',
      'Add to a ClusterRole that is bound to "system:serviceaccount:a:b": ' +
        '{nonResourceURLs: ["/metrics"], verbs: ["get"]}',
      { 'www-authenticate': `${bearer}, error="insufficient_scope"` },
    ],
  ],
  extensionOff: [
    [
      problemFor.extensionOff(),
      'unauthenticated',
      'Only for Argo CD, which is not set up here: --argocd-extension-secret-file is missing.',
      { 'www-authenticate': extension },
    ],
  ],
  extensionSecretInvalid: [
    [
      problemFor.extensionSecretInvalid(),
      'unauthenticated',
      'Only for Argo CD: the header X-Dynamic-Toolset-Secret is missing, or not what --argocd-extension-secret-file holds.',
      { 'www-authenticate': extension },
    ],
  ],
  notForExtension: [
    [
      problemFor.notForExtension(),
      'forbidden',
      "Argo CD's proxy may request only /api/v1/extension/application and configmap.",
    ],
  ],
  projectMismatch: [
    [problemFor.projectMismatch('argocd/a', 'b'), 'forbidden', 'Application argocd/a is not of project b.'],
  ],
  pathNotFound: [
    [problemFor.pathNotFound('/x'), 'not-found', 'No such path: /x; /openapi.json lists every path.'],
    [
      problemFor.pathNotFound(`/${'x'.repeat(300)}`),
      'not-found',
      `No such path: /${'x'.repeat(199)}; /openapi.json lists every path.`,
    ],
  ],
  configMapNotFound: [
    [problemFor.configMapNotFound('a/b'), 'not-found', 'No managed ConfigMap a/b; /api/v1/configmaps lists them.'],
  ],
  applicationNotFound: [
    [
      problemFor.applicationNotFound('argocd/a'),
      'not-found',
      'No Application argocd/a that uses the plugin and is watched.',
    ],
  ],
  configMapNotOfApplication: [
    [
      problemFor.configMapNotOfApplication('argocd/a', 'b/c'),
      'not-found',
      'Application argocd/a has no managed ConfigMap b/c.',
    ],
  ],
  toolsetNotFound: [
    [
      problemFor.toolsetNotFound('x', undefined),
      'not-found',
      'No toolset "x" in any managed ConfigMap; /api/v1/toolsets lists them.',
    ],
    [
      problemFor.toolsetNotFound('x', 'a/b'),
      'not-found',
      'No toolset "x" in ConfigMap a/b; /api/v1/toolsets lists them.',
    ],
  ],
  methodNotAllowed: [
    [
      problemFor.methodNotAllowed('/healthz', 'GET, HEAD'),
      'method-not-allowed',
      '/healthz allows GET, HEAD.',
      { allow: 'GET, HEAD' },
    ],
  ],
  notAcceptable: [
    [
      problemFor.notAcceptable('text/plain'),
      'not-acceptable',
      'The response is text/plain; the Accept header must allow it.',
    ],
  ],
  clientDisconnected: [
    [problemFor.clientDisconnected(), 'request-timeout', 'The client disconnected before the response.'],
  ],
  requestTimeout: [
    [
      problemFor.requestTimeout(10_000, 30_000),
      'request-timeout',
      'Headers must arrive within 10 s, the whole request within 30 s.',
    ],
  ],
  headersTooLarge: [
    [problemFor.headersTooLarge(16_384), 'headers-too-large', 'Request headers exceed 16 KiB in total.'],
  ],
  bodyTooLarge: [[problemFor.bodyTooLarge(1_048_576), 'payload-too-large', 'The request body exceeds 1024 KiB.']],
  unsupportedMediaType: [
    [
      problemFor.unsupportedMediaType('"text/plain"'),
      'unsupported-media-type',
      'The body must be uncompressed application/json in UTF-8, not "text/plain".',
      { accept: 'application/json' },
    ],
  ],
  tooComplex: [
    [
      problemFor.tooComplex('10 s'),
      'too-complex',
      'Validation exceeds 10 s; run dynamic-toolset validate on the files instead.',
    ],
  ],
  notPrintable: [
    [
      problemFor.notPrintable(new PluginError('OUTPUT_TOO_LARGE', 'too large', { hint: 'narrow it' })),
      'too-complex',
      'too large; narrow it',
    ],
  ],
  rateLimited: [
    [
      problemFor.rateLimited('requests', 200, 1000, 2),
      'too-many-requests',
      'Rate limit exceeded: 200 requests/s, burst 1000.',
      { 'retry-after': '2' },
    ],
  ],
  clientLimit: [
    [
      problemFor.clientLimit('event streams', 500),
      'too-many-requests',
      'Too many event streams of one account (limit 500).',
      { 'retry-after': '1' },
    ],
  ],
  bug: [[problemFor.bug(), 'internal-error', 'A bug in dynamic-toolset; the log has it with the event `bug`.']],
  clusterUnavailable: [
    [
      problemFor.clusterUnavailable(new PluginError('CLUSTER_UNREACHABLE', 'no response', { hint: 'check it' })),
      'cluster-unavailable',
      'no response; check it',
    ],
  ],
  notReady: [
    [
      problemFor.notReady(),
      'not-ready',
      'The cluster has not been listed completely; /readyz says what is missing.',
      { 'retry-after': '1' },
    ],
  ],
  totalLimit: [
    [
      problemFor.totalLimit('event streams', 1000),
      'overloaded',
      'Too many event streams (limit 1000).',
      { 'retry-after': '1' },
    ],
    [
      problemFor.totalLimit('queued validations', 8, 5),
      'overloaded',
      'Too many queued validations (limit 8).',
      { 'retry-after': '5' },
    ],
  ],
  noResponse: [[problemFor.noResponse(20_000), 'overloaded', 'No response within 20 s.', { 'retry-after': '5' }]],
  shuttingDown: [
    [
      problemFor.shuttingDown(),
      'overloaded',
      'This replica is shutting down; retry on another one.',
      { 'retry-after': '1' },
    ],
  ],
};

describe('plugin/serve/http/problem-details', () => {
  for (const [name, examples] of Object.entries(cases))
    it(`describes the problem ${name}`, () => {
      for (const [problem, code, detail, headers = {}] of examples) {
        expect(problem.code).to.equal(code);
        expect(problem.message).to.equal(detail);
        expect(problem.headers).to.deep.equal(headers);
      }
    });

  it('creates an RFC 9457 document with at most 20 faults', () => {
    expect(documentOf(problemFor.pathNotFound('/x'))).to.deep.equal({
      type: 'https://toolset.kubernaut.ai/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: 'No such path: /x; /openapi.json lists every path.',
    });
    expect(documentOf(problemFor.faults(Array.from({ length: 21 }, () => fault))).errors).to.have.length(20);
  });

  it('throws when the client has disconnected', () => {
    expect(() => {
      assertClientConnected({ destroyed: true });
    }).to.throw('The client disconnected');
    expect(() => {
      assertClientConnected({ destroyed: false });
    }).to.not.throw();
  });
});
