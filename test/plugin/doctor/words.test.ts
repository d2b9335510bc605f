import fc from 'fast-check';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { applicationRights, checkAccess, neededRights } from '../../../plugin/doctor/permissions/access.ts';
import { atCluster, quoted } from '../../../plugin/doctor/fix-commands.ts';
import { unknown } from '../../../plugin/doctor/permissions/forbidden.ts';
import { extractPluginError } from '../../../plugin/doctor/plugin-error-text.ts';

describe('plugin/doctor/words', () => {
  it("strips Argo CD's wrapping from a plugin error, and truncates other messages", () => {
    const own = '{"level":"error","code":"USAGE","message":"m","hint":"h"}';

    expect(extractPluginError(`rpc error: code = Unknown desc = \`x\` failed exit status 2: ${own}`)).to.equal(
      'USAGE m; h',
    );
    const words = 'Error: m\nh\nUSAGE: https://example.com/docs/errors.md#usage';
    expect(extractPluginError(`desc = \`x\` failed exit status 2: ${words}`)).to.equal('USAGE m; h');
    expect(extractPluginError(`before ${own}\nafter`)).to.equal('USAGE m; h');
    expect(extractPluginError('before {"level":"error" and no JSON')).to.equal('before {"level":"error" and no JSON');
    expect(extractPluginError(words.replace('https', 'http'))).to.equal('USAGE m; h');
    expect(extractPluginError(words.slice(1))).to.equal(words.slice(1));
    expect(extractPluginError('no error of the plugin: 1')).to.equal('no error of the plugin: 1');
    expect(extractPluginError('{"level":"error","code":"BUG","message":"a bug","stack":"x"}')).to.equal('BUG a bug');
    expect(extractPluginError('x'.repeat(1000))).to.have.length(601);
  });

  it('quotes any argument so that it survives a shell', () => {
    const argument = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));

    fc.assert(
      fc.property(argument, (text) => {
        const printed = execFileSync('sh', ['-c', `printf '%s' ${quoted(text)}`], { encoding: 'utf8' });
        expect(printed).to.equal(text);
      }),
      { numRuns: 50 },
    );
  });

  it('points commands at the checked cluster, even after a pipe, and leaves quoted text unchanged', () => {
    const named = { kubeconfig: 'my config', context: 'prod' };
    const at = (command: string): string => atCluster(command, named);

    expect([
      at('kubectl create role x | kubectl apply --filename=-'),
      at('helm upgrade argocd argo/argo-cd'),
      at('kubectl create x --user="$(kubectl auth whoami)"'),
      at(`kubectl patch x --patch '{"a":"| kubectl b"}' --patch "$(sed 's/a/b/' manifests/kubectl.yaml)"`),
    ]).to.deep.equal([
      "kubectl --kubeconfig 'my config' --context prod create role x | kubectl --kubeconfig 'my config' --context prod apply --filename=-",
      "helm --kubeconfig 'my config' --kube-context prod upgrade argocd argo/argo-cd",
      `kubectl --kubeconfig 'my config' --context prod create x --user="$(kubectl --kubeconfig 'my config' --context prod auth whoami)"`,
      `kubectl --kubeconfig 'my config' --context prod patch x --patch '{"a":"| kubectl b"}' --patch "$(sed 's/a/b/' manifests/kubectl.yaml)"`,
    ]);
    const command = 'kubectl get pods';
    expect(atCluster(command, { kubeconfig: undefined, context: undefined })).to.equal(command);
  });

  const people = [
    { user: 'jane@example.com', says: '--user=jane@example.com' },
    { user: 'a b', says: "--user='a b'" },
    { user: 'system:serviceaccount:ops:jane', says: '--serviceaccount=ops:jane' },
    { user: null, says: '--user="$(kubectl auth whoami --output=jsonpath={.status.userInfo.username})"' },
  ];
  for (const { user, says } of people) {
    it(`grants the permissions to ${user ?? 'a user that the cluster does not name'}`, () => {
      expect(unknown('plugin', 'x', 'y', user).fix[1]).to.include(` ${says} --dry-run`);
    });
  }

  it('grants what is missing in each namespace, with everything needed there', () => {
    const target = { namespace: 'holmesgpt', name: 'toolsets' };
    const needed = neededRights(['a', 'b'], true, target);
    const missing = needed.filter(({ namespace, resource }) => namespace === 'b' && resource === 'services');

    const { reason, message, fix } = checkAccess({ namespace: 'argocd', name: 'repo' }, needed, missing);

    expect({ reason, message }).to.deep.equal({
      reason: 'PermissionsMissing',
      message: 'it may not list services in namespace b',
    });
    expect(fix).to.have.length(2);
    expect(fix[0]).to.include(
      'role dynamic-toolset-granted --namespace=b --verb=list --resource=services,endpointslices.discovery.k8s.io',
    );
    expect(fix[1]).to.include('--serviceaccount=argocd:repo');
  });

  it('grants access to Applications in a role separate from that for the ConfigMap', () => {
    const target = { namespace: 'argocd', name: 'toolsets' };
    const needed = [...neededRights(['argocd'], false, target), ...applicationRights([target, target])];

    const { message, fix } = checkAccess({ namespace: 'argocd', name: 'repo' }, needed, needed);

    expect(message).to.equal(
      'it may not list services in namespace argocd, get configmaps/toolsets in namespace argocd, get applications in namespace argocd',
    );
    expect(fix.filter((_, index) => index % 2 === 0).map((command) => command.split(' --dry-run')[0])).to.deep.equal([
      'kubectl create role dynamic-toolset-granted --namespace=argocd --verb=list --resource=services',
      'kubectl create role dynamic-toolset-granted-target --namespace=argocd --verb=get --resource=configmaps --resource-name=toolsets',
      'kubectl create role dynamic-toolset-granted-application --namespace=argocd --verb=get --resource=applications.argoproj.io',
    ]);
  });

  it('grants all ConfigMaps of a namespace in one role, as a second role would replace the first', () => {
    const needed = ['a', 'b'].flatMap((name) => neededRights([], false, { namespace: 'holmesgpt', name }));

    const { fix } = checkAccess({ namespace: 'argocd', name: 'repo' }, needed, needed.slice(1));

    expect(fix.map((command) => command.split(' --dry-run')[0])).to.deep.equal([
      'kubectl create role dynamic-toolset-granted-target --namespace=holmesgpt --verb=get --resource=configmaps --resource-name=a --resource-name=b',
      'kubectl create rolebinding dynamic-toolset-granted-target --namespace=holmesgpt --role=dynamic-toolset-granted-target --serviceaccount=argocd:repo',
    ]);
  });

  it('requires no access to namespaces when they are named, nor to endpoints when health is not checked', () => {
    const rights = neededRights(['a'], false, { namespace: 'h', name: 't' });

    expect(rights.map(({ resource }) => resource)).to.deep.equal(['services', 'configmaps']);
  });
});
