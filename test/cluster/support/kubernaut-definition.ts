const text = { type: 'string' } as const;
/** Parts that the operator requires, and whose content is not checked here. */
const required = ['postgresql', 'valkey', 'aiAnalysis', 'signalProcessing', 'llmProfiles', 'kubernautAgent'] as const;
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;

/**
 * The parts of the definition of Kubernaut's operator that matter for a part of its resource: group, version and kind,
 * required fields, and `spec.monitoring` key by key. From https://github.com/jordigilh/kubernaut-operator,
 * api/v1alpha2; the module proxy does not have that module.
 */
export const kubernautDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'kubernauts.kubernaut.ai' },
  spec: {
    group: 'kubernaut.ai',
    scope: 'Namespaced',
    names: { kind: 'Kubernaut', listKind: 'KubernautList', plural: 'kubernauts', singular: 'kubernaut' },
    versions: [
      {
        name: 'v1alpha2',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required,
                properties: {
                  ...Object.fromEntries(required.map((name) => [name, anything])),
                  monitoring: {
                    type: 'object',
                    properties: {
                      prometheus: {
                        type: 'object',
                        properties: { enabled: { type: 'boolean', default: true }, url: text, tlsCaFile: text },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
} as const;

/** A resource as a person writes it, with a part of their own besides the required ones. */
export const kubernautByHand = {
  apiVersion: 'kubernaut.ai/v1alpha2',
  kind: 'Kubernaut',
  metadata: { name: 'kubernaut', namespace: 'kubernaut-system' },
  spec: {
    ...Object.fromEntries(required.map((name) => [name, {}])),
    postgresql: { host: 'db', secretName: 'db' },
    kubernautAgent: { maxTurns: 12 },
  },
} as const;
