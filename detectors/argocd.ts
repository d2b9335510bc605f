import { exactName, product, productLike, together } from './evidence.ts';
import type { Detector } from './types.ts';

/** Argo CD's API server. Not its repo-server, controllers, Dex or Redis. */
export const argocd: Detector = {
  id: 'argocd',
  title: 'Argo CD',
  toolset: 'argocd/core',
  // HolmesGPT's toolset needs a token for the API server.
  byDefault: 'off',
  sources: [
    'https://github.com/argoproj/argo-cd/blob/master/manifests/base/server/argocd-server-service.yaml',
    'https://github.com/argoproj/argo-helm/blob/main/charts/argo-cd/templates/argocd-server/service.yaml',
    'https://github.com/argoproj-labs/argocd-operator/blob/master/controllers/argocd/service.go',
  ],
  words: ['argocd', 'argo-cd', 'gitops'],
  evidence: [
    product('argocd-server'),
    together('part-of and component label', {
      labels: { 'app.kubernetes.io/part-of': 'argocd', 'app.kubernetes.io/component': 'server' },
    }),
    productLike('*-argocd-server', ['https', '443']),
    exactName('argocd-server', ['https', '443']),
  ],
  entryPoints: [{ name: 'API server', part: ['', 'server', 'argocd-server'] }],
  otherParts: ['repo', 'dex', 'applicationset', 'application', 'notifications', 'image', 'updater', 'haproxy', 'ha'],
  ports: { names: ['https', 'http'], numbers: [443, 80] },
  scheme: 'https',
  probe: { path: '/api/version', contains: ['"Version"'] },
  pods: {
    images: ['argocd', 'argocd-rhel*'],
    command: {
      answers: ['argocd-server', '/usr/local/bin/argocd-server'],
      others: [
        'argocd-application-controller',
        'argocd-applicationset-controller',
        'argocd-cmp-server',
        'argocd-commit-server',
        'argocd-dex',
        'argocd-notifications',
        'argocd-repo-server',
        '/usr/local/bin/argocd-application-controller',
        '/usr/local/bin/argocd-applicationset-controller',
        '/usr/local/bin/argocd-notifications',
        '/usr/local/bin/argocd-repo-server',
      ],
    },
    pathFlags: ['rootpath'],
  },
};
