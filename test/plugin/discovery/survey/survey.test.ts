import { expect } from 'chai';
import { detectors } from '../../../../detectors/index.ts';
import { snapshot } from '../../../../plugin/cluster/snapshot.ts';
import { consumerOf } from '../../../../plugin/consumers/index.ts';
import { allKeys } from '../../../../plugin/discovery/kept-keys.ts';
import type { Survey, SurveyInputs } from '../../../../plugin/discovery/survey/survey.ts';
import { supportedBy, surveyOf, memoizedSurvey } from '../../../../plugin/discovery/survey/survey.ts';
import { parseSettings } from '../../../../plugin/settings/parse-settings.ts';
import { grafana, prometheus, service } from '../../../support/objects.ts';

describe('plugin/discovery/survey/survey', () => {
  const { spec } = parseSettings(null);
  let inputs: SurveyInputs;

  beforeEach(async () => {
    const objects = [prometheus(), grafana(), service({ namespace: 'shop', name: 'cart' })];
    const services = await snapshot(Map.groupBy(objects, ({ kind }) => kind)).services('cluster', allKeys);
    const judged = { spec, detectors, policy: null, isTrusted: (): boolean => false };
    inputs = { ...judged, scope: 'cluster', services, listed: [], namespaces: [] };
  });

  const names = ({ open }: Survey): string[] => open.map(({ candidate }) => candidate?.service.name ?? '');

  it('evaluates once for targets that differ only in format, and again for other settings or Services', () => {
    const survey = memoizedSurvey();
    const first = survey(inputs);
    const kiali = { ...spec.target, format: 'kiali' } as const;

    expect(survey({ ...inputs, spec: { ...spec, target: kiali }, isTrusted: () => false })).to.equal(first);
    expect(names(first)).to.deep.equal(['prometheus', 'grafana']);
    const off = { ...spec, detectors: { grafana: { enabled: false, priority: 0 } } };
    expect(names(survey({ ...inputs, spec: off }))).to.deep.equal(['prometheus']);
    const policy = { include: ['shop'], exclude: [] };
    expect(names(survey({ ...inputs, policy }))).to.deep.equal([]);
    expect(survey({ ...inputs, services: [...inputs.services] })).not.to.equal(first);
  });

  it('denies what a consumer has no toolset for, without changing the survey for the next one', () => {
    const surveyed = surveyOf(inputs);
    const consumer = consumerOf(spec.target);
    const withoutGrafana = {
      ...consumer,
      supports: ({ toolset }: { toolset: string }) => !toolset.includes('grafana'),
    };

    const [, denied] = supportedBy(surveyed, withoutGrafana);

    expect(denied?.decision).to.deep.include({ decision: 'denied', reason: 'ToolsetUnsupported' });
    expect(supportedBy(surveyed, consumer)).to.deep.equal(surveyed.open);
  });
});
