import type { Condition } from './types.ts';

/** An issuer that puts `NAME.NAMESPACE.svc` of each Service it serves into the certificate, by a fixed rule. */
export interface CertificateIssuer {
  /** Name of the issuer, as messages show it. */
  readonly title: string;
  /** Conditions of the Services that get a certificate; one match is enough. */
  readonly services: readonly Condition[];
  /** Source code that builds the DNS names of the certificate. */
  readonly source: string;
}

/** Annotations that request a serving certificate from OpenShift: the current and the first spelling. */
export const servingCertificates: readonly string[] = [
  'service.beta.openshift.io/serving-cert-secret-name',
  'service.alpha.openshift.io/serving-cert-secret-name',
];

/** The two Services whose names are in the certificate. Those of node sets are covered only through their Pods. */
const eckNames = ['*-es-http', '*-es-internal-http'];

/**
 * Neither issuer includes the cluster's own domain: OpenShift always adds `cluster.local`, whatever
 * the domain is, and ECK adds none. With ECK, a user's own certificate has to cover the same name,
 * as ECK itself calls Elasticsearch by it.
 */
export const certificateIssuers: readonly CertificateIssuer[] = [
  {
    title: "OpenShift's service certificates",
    services: servingCertificates.map((key) => ({ annotations: { [key]: '*' } })),
    source:
      'https://github.com/openshift/service-ca-operator/blob/main/pkg/controller/servingcert/controller/secret_creating_controller.go',
  },
  {
    title: "the certificates of Elastic's operator",
    services: [
      { owner: 'Elasticsearch.elasticsearch.k8s.elastic.co', name: eckNames },
      { labels: { 'common.k8s.elastic.co/type': 'elasticsearch' }, name: eckNames },
    ],
    source: 'https://github.com/elastic/cloud-on-k8s/blob/main/pkg/controller/common/certificates/http_reconcile.go',
  },
];
