import { failedProbes, healthyProbes } from '../cluster/probe/probe-reasons.ts';
import type { Reason as ReasonOf } from '../lib/messages/reason.ts';
import { reasonsFrom } from '../lib/messages/reason.ts';

/** Codes and sentences of all decisions, by the verdict that they belong to. */
export const reasonsByVerdict = {
  /** Each sentence continues the Service's name. */
  selected: {
    ...healthyProbes,
    NotChecked: 'is not checked',
    Ready: 'has ready endpoints ({ready})',
    ReadyNotProbed: 'has ready endpoints ({ready}), and is not probed from outside the cluster',
    ReadyNotReached: 'has ready endpoints ({ready}); from outside the cluster it {why}',
    ReadinessUnknown: 'is outside the cluster: its readiness is unknown',
    ClusterUnread: 'is in the ConfigMap and stays unchanged: its cluster {cluster} cannot be read',
    AlreadyAdmitted: 'is in the ConfigMap already',
    UnreadySinceUnknown: 'is in the ConfigMap already, and has been unready for an unknown time',
    UnreadyRecently: 'is in the ConfigMap already, and has been unready for {seconds} s: evictAfter is {evictAfter}',
  },
  redundant: {
    SamePods: '{name} has the same pods as {winner}',
    HeadlessTwin: '{name} is headless and has the same pods as {winner}',
    GoverningService: '{name} covers all resources of its operator in the namespace, {winner} just one',
    SameCluster: '{name} is another node group of the cluster behind {winner}',
    SinglePod: '{name} selects one of the pods of {winner}',
    BehindEntryPoint: '{name} is behind {winner}, the {entryPoint} of {product}',
    BehindOtherProduct: '{name} is behind {winner}, which queries all {product} servers',
    SingleBackend: '{name} works too, but only one backend is used: {winner}',
    NameTaken: 'the consumer cannot tell its name {instance} from that of {winner}, which keeps it',
  },
  /** Each sentence continues the Service's name. */
  unhealthy: {
    ...failedProbes,
    NotReady: 'has no ready endpoint (0 of {endpoints})',
    PortNotServed:
      'has ready endpoints ({ready}), but none for its port {port}: no container of a ready Pod has a port named "{targetPort}"',
    NoEndpointSlice: 'has no EndpointSlice',
    EvictedNotProbed: 'was unhealthy when the ConfigMap was made, and is not probed from outside the cluster',
    ChangeTimeInFuture:
      'is unready, and its EndpointSlice says since a time {seconds} s in the future, which is ignored',
    NotTakenBefore:
      'was left out when the ConfigMap was made, has not changed since, and is not probed from outside the cluster',
    UntrustedPrefix:
      'answers below {path}, which is not accepted from untrusted namespace {namespace}: at most {length} lower-case characters and {words} words unusual in APIs; trust.namespaces lifts the limit',
    EvidencePending: 'is new, and its custom resource or Pod has not been read yet',
    FirstQuestionPending: 'is new, and what a first query of it needs is not known yet',
    UnreadyTooLong: 'has been unready for {seconds} s, longer than evictAfter {evictAfter}',
  },
  rejected: {
    NameOnly: 'only the name contains "{word}"; no label, owner or port confirms it',
    OtherProductLabel: 'only the name contains "{word}"; label {label} is {value}',
    PartialProductLabel: 'label {label} is {value}, which only contains "{word}"',
    UnconfirmedPods: 'only its pods are labelled as {product}, and none of its ports is a known port of {product}',
    ExcludedByDetector: 'detector {detector} excludes it as a part of another product',
    OtherPart: '{part} is a part of {product} that does not answer queries',
    UnknownPart: '{part} is not a known entry point of {product}',
    NoQueryPort: '{service} has no TCP port on which {product} answers queries; if one of them does, {remedy}',
    NeedsProof: 'only its custom resource says where {entryPoint} of {product} answers, and it was not read',
    NotProved: '{why}; {asked} did not prove it',
    NoQueriesByEvidence: 'according to {source}, it is a part that answers no queries',
  },
  denied: {
    ServiceTooLarge:
      'its labels, selector, ports and owners have {length} characters, counting 64 extra for each, and at most {limit} are read; remove labels that nothing needs',
    OptedOut: 'annotation kubernaut.io/toolset opts out',
    ToolsetAnnotationInvalid: 'invalid annotation kubernaut.io/toolset {value}: expected "true", "enabled" or "false"',
    ToolsetAnnotationMissing: 'annotation {key} has no effect without kubernaut.io/toolset: "true"',
    AnnotationUnsafe:
      'invalid annotation {key} {value}: expected at most 253 printable ASCII characters without braces',
    TypeMissing: 'annotation kubernaut.io/toolset-type is missing, and nothing else identifies the product',
    NameInvalid: 'invalid annotation kubernaut.io/toolset-name {value}: expected lower case letters, digits and -',
    NameTooLong:
      'invalid annotation kubernaut.io/toolset-name: expected a shorter one: models limit tool names to 64 characters, and toolset {toolset} has more than {limit}',
    PortUnknown:
      'no TCP port of {service} is known to be the right one; name it in annotation kubernaut.io/toolset-endpoint',
    HealthPathInvalid: 'invalid annotation {key} {value}: expected a path such as /-/ready, without a query, .. or %',
    EndpointInvalid:
      'invalid annotation kubernaut.io/toolset-endpoint {value}: expected a URL with a DNS name or an address as its host',
    EndpointSchemeInvalid: 'invalid annotation kubernaut.io/toolset-endpoint: expected http or https, not {scheme}',
    EndpointHasCredential: 'invalid annotation kubernaut.io/toolset-endpoint: expected a URL without a credential',
    EndpointHasQuery: 'invalid annotation kubernaut.io/toolset-endpoint: expected a URL without a query or fragment',
    EndpointPathInvalid:
      'invalid annotation kubernaut.io/toolset-endpoint {value}: expected a path of letters, digits and -._~:, without .., // or %',
    EndpointOnOtherHost:
      'annotation kubernaut.io/toolset-endpoint is on another host than the Service: {host}; trust.foreignEndpoints allows it',
    TenantInvalid:
      'invalid annotation kubernaut.io/toolset-tenant {value}: expected at most 63 letters, digits and ._-, starting with a letter or digit; for VictoriaLogs account:project or account, numbers up to 4294967295',
    TenantElsewhere:
      'annotation kubernaut.io/toolset-tenant applies to an API on another host: namespace {namespace} must be in trust.namespaces',
    EndpointLocal: 'annotation kubernaut.io/toolset-endpoint is a local address: {host}',

    ToolsetUnsupported: '{consumer} has no toolset for {product}',
    ToolsetBuiltIn:
      'with its name filled in, the toolset of detector {detector} is {toolset}, which is built into {consumer}',
    DetectorOff: 'detector {detector} is off: detectors.{detector}.enabled switches it on',

    NamespaceNotIncluded: 'namespace {namespace} is not in discovery.namespaces.include',
    NamespaceExcluded: 'namespace {namespace} is in discovery.namespaces.exclude',
    NamespaceNotSelected: 'namespace {namespace} does not match discovery.namespaces.selector',
    ServiceNotSelected: 'its labels do not match discovery.services.selector',
    DetectorNamespace: 'namespace {namespace} is not in detectors.{detector}.namespaces',
    DetectorSelector: 'its labels do not match detectors.{detector}.selector',
    DetectorAnnotation: 'it lacks annotation {key}, which detectors.{detector}.annotations requires',

    ServiceNameInvalid: 'its name or namespace is not a DNS label, as the API server requires',
    UntrustedText:
      'annotation {key} {value} is not accepted from untrusted namespace {namespace}: at most {length} lower-case characters and {words} words unusual in APIs; trust.namespaces lifts the limit',
    UntrustedEvidence:
      'path {path} from {source} is not accepted from untrusted namespace {namespace}: trust.namespaces lifts the limit',
    UntrustedHealthPath:
      'annotation {key} {value} does not end in a word for health, such as health, ready or status: namespace {namespace} must be in trust.namespaces',
    UntrustedMcpServer: 'an MCP server gives the agent tools: namespace {namespace} must be in trust.namespaces',
    UntrustedTemplate:
      'the template of detector {detector} holds a credential: namespace {namespace} must be in trust.namespaces',
    UntrustedExternalName:
      'an ExternalName points to another host: namespace {namespace} must be in trust.namespaces, or trust.foreignEndpoints must be set',
    NoUrlForScheme:
      'the consumer reaches it by {scheme}, but spec.target.urls sets http or https: begin it with the scheme placeholder',
    NamespaceLimit:
      'more than {limit} Services of namespace {namespace} look like backends; trust.namespaces lifts the limit',
    UntrustedLimit:
      'the {namespaces} namespaces not in trust.namespaces share a limit of {limit} backends, and {namespace} has used its share',
  },
  ignored: {
    NoEvidence: 'nothing points at a known product',
    PortOnly: 'only port {port} is one of {product}; no name, label or owner confirms it',
  },
} as const;

/** Additional texts in messages. */
export const notes = reasonsFrom({
  Scheme: '{scheme} by {from}',
  RoutePrefix: 'route prefix {prefix} from the redirect of /',
  HostName: 'host name {host} from its certificate',
  CertificateNames: 'its certificate is valid for {names}, not for the Service',
  TakenForOne:
    'to use it as a backend of its own, set the annotations kubernaut.io/toolset and kubernaut.io/toolset-name',
  PlaceKept: 'its place is kept as long as its Service exists',
  FirstQuery: 'first query: {facts}',
  FirstQueryUnknown: 'what a first query needs is not known: {why}',
  ClusterUnknown:
    'it holds data of several clusters by {label}, and which is this one is not known: set spec.target.cluster or spec.stores',
  SpecialPurpose: 'special-purpose ({product}), the default only if it came first',
});

export const reasons = {
  ...reasonsByVerdict.selected,
  ...reasonsByVerdict.redundant,
  ...reasonsByVerdict.unhealthy,
  ...reasonsByVerdict.rejected,
  ...reasonsByVerdict.denied,
  ...reasonsByVerdict.ignored,
};

/** Why a Service was decided the way it was. */
export type Reason = ReasonOf<keyof typeof reasons>;

export const because = reasonsFrom(reasons);
