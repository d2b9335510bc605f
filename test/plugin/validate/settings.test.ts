import { expect } from 'chai';
import { formatDiagnostic } from '../../../plugin/lib/diagnostic.ts';
import { findingsIn } from '../../../plugin/validate/files.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec:\n';
const custom = 'customDetectors: [{id: d, match: [{names: [d]}], toolset: {name: own, template: {description: a}}}]';
const trust = 'trust: {namespaces: [a]}';

describe('plugin/validate/settings', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      'settings of a detector that is off by default',
      ['detectors: {kafka: {priority: 1, attempts: 2}}'],
      [
        'warning toolset.yaml:4:15 the detector kafka is off by default: priority, attempts has no effect; add enabled: true beside it',
      ],
    ],
    [
      'settings of a detector that Git switches off',
      ['detectors: {loki: {enabled: false, priority: 1}}'],
      [
        'note toolset.yaml:4:15 the detector loki is off: priority has no effect; set enabled: true, or remove priority',
      ],
    ],
    [
      'detectors that are on, switched on, or off without settings',
      ['detectors: {loki: {priority: 1}, kafka: {enabled: true, priority: 1}, tempo: {enabled: false}}'],
      [],
    ],
    ...['own', 'd'].map(
      (name) =>
        [
          `a credential of a custom detector by its ${name === 'd' ? 'id' : 'toolset'}`,
          [`credentials: {${name}: {token: "{{ env.A }}"}}`, custom, trust],
          [
            'warning toolset.yaml:4:17 the template of a custom detector is printed as it is, and gets no credential; write the reference into the template',
          ],
        ] as const,
    ),
    [
      'what needs trust where no namespace is trusted',
      ['credentials: {grafana/dashboards: {api_key: "{{ env.A }}"}}', 'discovery: {instances: best}'],
      [
        'warning toolset.yaml:4:3 no Service gets these credentials; add the namespaces of the backends to spec.trust.namespaces',
        'note toolset.yaml:5:15 any of several backends may be the best, even one in an untrusted namespace; add your own namespaces to spec.trust.namespaces: they win',
      ],
    ],
    [
      'the same where one is trusted',
      ['credentials: {grafana/dashboards: {api_key: "{{ env.A }}"}}', 'discovery: {instances: best}', trust],
      [],
    ],
    [
      'each rule of a credential, at its own key',
      ['credentials: {grafana/dashboards: [{services: {names: [a]}, config: {api_kez: "{{ env.A }}"}}]}', trust],
      [
        'warning toolset.yaml:4:72 HolmesGPT 0.45 takes no "api_kez" for grafana/dashboards: it is not printed; write {api_key: "{{ env.GRAFANA_TOKEN }}"}',
      ],
    ],
    [
      'each unknown variable of a template',
      [custom.replace('description: a', 'description: "${adress} of ${name}"')],
      [
        'warning toolset.yaml:4:73 ${adress} is not filled in; known are ${url}, ${host}, ${port}, ${namespace} and ${name}',
      ],
    ],
  ];
  for (const [title, lines, says] of cases) {
    it(`${says.length === 0 ? 'accepts' : 'reports'} ${title}`, async () => {
      const text = `${head}${lines.map((line) => `  ${line}\n`).join('')}`;

      const found = await findingsIn((name) => Promise.resolve(name === 'toolset.yaml' ? { name, text } : null));

      expect(found.map((one) => `${one.severity} ${formatDiagnostic(one)}`)).to.deep.equal(says);
    });
  }
});
