import type { Condition } from './types.ts';

/** An issuer whose certificates are good for `NAME.NAMESPACE.svc` of the Services that it issues them for, by a rule of its own. */
export interface CertificateIssuer {
  /** What tells the host name, for people. */
  readonly title: string;
  /** Services that it issues a certificate for: any of these. */
  readonly services: readonly Condition[];
  /** Where the names are put together. */
  readonly source: string;
}

/** Annotations by which OpenShift gives a Service a certificate: today's and the first spelling. */
export const servingCertificates: readonly string[] = [
  'service.beta.openshift.io/serving-cert-secret-name',
  'service.alpha.openshift.io/serving-cert-secret-name',
];

/** The two Services that stand in the certificate; those of node sets are in it by their pods alone. */
const eckNames = ['*-es-http', '*-es-internal-http'];

/**
 * Neither has the cluster's domain: OpenShift's adds `cluster.local` whatever the domain is, ECK's has none. A certificate of
 * the user's own has to be good for the same name, because ECK itself calls Elasticsearch by it.
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
