import { expect } from 'chai';
import { newerImage, newestVersion } from '../../../plugin/doctor/image-version.ts';

describe('plugin/doctor/image-version', () => {
  it('takes the newest of all versions, part by part and as numbers', () => {
    const images = [
      'dynamic-toolset:0.9.12',
      'registry:5000/team/dynamic-toolset:v0.10.2@sha256:ab',
      'dynamic-toolset:0.10.1',
    ];

    expect(newestVersion('0.9.13', images)).to.equal('0.10.2');
    expect(newestVersion('0.10.3', images)).to.equal('0.10.3');
    expect(newestVersion('1.0.0', images)).to.equal('1.0.0');
    expect(newestVersion('0.9.13', images.slice(0, 1))).to.equal('0.9.13');
  });

  it('takes no version from other images, nor from tags that are not one', () => {
    const images = [
      'other:9.0.0',
      'dynamic-toolset/other:9.0.0',
      'dynamic-toolset:latest',
      'dynamic-toolset:9.0',
      'dynamic-toolset:9.0.0-dev',
      'dynamic-toolset:9.0.0.1',
      'other@sha256:dynamic-toolset:9.0.0',
    ];

    expect(newestVersion('0.1.0', images)).to.equal('0.1.0');
  });

  for (const [image, newer] of [
    ['dynamic-toolset:0.1.9', 'dynamic-toolset:0.2.0'],
    ['registry:5000/dynamic-toolset-fips:v0.0.1@sha256:ab', 'registry:5000/dynamic-toolset-fips:v0.2.0'],
    ['dynamic-toolset:0.2.0', null],
    ['dynamic-toolset:0.2.1', null],
    ['dynamic-toolset:1.0.0', null],
    ['dynamic-toolset:0.1.0-dev', null],
    ['other:0.1.0', null],
  ] as const) {
    it(`${newer === null ? 'keeps' : 'replaces'} ${image} for version 0.2.0`, () => {
      expect(newerImage(image, '0.2.0')).to.equal(newer);
    });
  }
});
