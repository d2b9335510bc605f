import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { accessibilityViolations } from '../../support/browser.ts';
import { formatCount } from '../../../plugin/serve/page/browser/elements/format.ts';
import { shellBlocks } from '../../support/guide.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { everything } from '../api/scene.ts';
import { row, show, signIn, startedPageScene, views } from './fixture.ts';
import type { Prepare } from './fixture.ts';
import { applicationOf } from '../parts/objects.ts';
import { startManagedScene } from '../support/managed-scene.ts';
import { toolsetYaml } from '../support/program.ts';

const others = 150;

/** For the page: what is typed, and what follows before the text is searched for. */
const typedAnd = (next: string): string => `
  const search = document.getElementById('search');
  search.value = 'exporter';
  search.dispatchEvent(new Event('input', { bubbles: true }));
  ${next}`;
/** Ends after every timer of a search. */
const searchIsOver = 'new Promise((resolve) => setTimeout(resolve, 300))';

/** That Argo CD has compared last. */
const commit = '0123456789abcdef0123456789abcdef01234567';

const overrides = `# What we change
toolsets:
  prometheus/metrics:
    config:
      # Some queries take longer.
      query_timeout_seconds_default: 30
  my-own:
    description: Ours
    tools:
      - {name: ours, description: Ours, command: "true"}
`;

describe('cluster/page', () => {
  const flags = ['--argocd-url', 'https://argocd.example.com/ui'];
  const scene = startedPageScene(() => startManagedScene(prepare, flags));

  it('requires a token, and rejects an invalid one', async () => {
    const page = await scene.open();

    await signIn(page, 'not-a-token');

    await page.getByRole('alert').getByText('Bearer token required').waitFor();
    expect(await page.locator('#token:focus').count()).to.equal(1);
    expect(await page.getByRole('table').count()).to.equal(0);
  });

  it('reports that text with invalid header characters is not a token', async () => {
    const page = await scene.open();
    const cut = `${scene.token.slice(0, 40)}…`;
    await signIn(page, cut);

    await page.getByRole('alert').getByText('Not a token').waitFor();
    expect(await page.getByLabel('Bearer token').getAttribute('aria-invalid')).to.equal('true');
    await signIn(page, scene.token);
    await row(page, 'prometheus/metrics').waitFor();
  });

  it('shows the missing rule to an account without access', async () => {
    const page = await scene.open();

    await signIn(page, await scene.tokenFor('unprivileged', []));

    await page.getByRole('alert').getByText('Forbidden').waitFor();
    await page
      .getByRole('alert')
      .getByText(/\/dynamic-toolset\/api\/v1\/(?:applications|clusters)/)
      .waitFor();
  });

  it('keeps the token through a reload, and discards it with all content on sign-out', async () => {
    const page = await scene.signedIn();
    await page.reload();
    await row(page, 'prometheus/metrics').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();

    await page.getByLabel('Bearer token').waitFor();
    expect(await page.locator('body').innerText()).to.not.include('prometheus');
    expect(await page.evaluate('sessionStorage.length')).to.equal(0);
  });

  it('shows the origin, the overrides and the content of each toolset', async () => {
    const page = await scene.signedIn();

    const prometheus = await row(page, 'prometheus/metrics').innerText();
    await page.getByRole('button', { name: 'prometheus/metrics' }).click();
    const entry = page.getByRole('region', { name: 'prometheus/metrics in the ConfigMap' });

    expect(prometheus).to.include('monitoring/prometheus').and.to.include('/config/query_timeout_seconds_default');
    expect(await row(page, 'my-own').innerText()).to.include('Git only');
    expect(await row(page, 'internet').innerText()).to.include('On by default');
    expect((await entry.innerText()).split('\n')).to.deep.equal([
      'prometheus/metrics:',
      '  config:',
      '    prometheus_url: "http://prometheus.monitoring.svc.cluster.local:9090"  # Service monitoring/prometheus',
      '    query_timeout_seconds_default: 30  # Git: overrides.yaml:6',
      '  enabled: true',
    ]);
    const lineInGit = `https://github.com/acme/gitops/blob/${commit}/clusters/prod/overrides.yaml#L`;
    const links = [entry, row(page, 'prometheus/metrics'), row(page, 'my-own')];
    const hrefs = links.map((one) => one.getByRole('link', { name: /^overrides/ }).getAttribute('href'));
    expect(await Promise.all(hrefs)).to.deep.equal([`${lineInGit}6`, `${lineInGit}6`, `${lineInGit}7`]);
  });

  it("links to Argo CD's UI, to the commit in Git and to backends, and copies a Service's name", async () => {
    const page = await scene.signedIn();
    const hrefOf = (name: string): Promise<string | null> =>
      page.getByRole('link', { name, exact: true }).getAttribute('href');

    expect(await hrefOf('argocd/holmesgpt')).to.equal(
      'https://argocd.example.com/ui/applications/argocd/holmesgpt?node=%2FConfigMap%2Fholmesgpt%2Fcustom-toolsets-configmap%2F0',
    );
    expect(await hrefOf('clusters/prod')).to.equal(`https://github.com/acme/gitops/tree/${commit}/clusters/prod`);
    const backend = 'http://prometheus.monitoring.svc.cluster.local:9090';
    expect(await hrefOf(backend)).to.equal(backend);
    expect(await page.locator('main').innerText()).to.include('your browser may not reach them.');
    const rels = await page.evaluate<string[]>(
      "[...document.querySelectorAll('main a[target]')].map(({ rel }) => rel)",
    );
    expect(new Set(rels)).to.deep.equal(new Set(['noopener noreferrer']));

    await show(page, 'Services');
    await page.getByRole('button', { name: 'monitoring/loki' }).click();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy monitoring/loki' }).click();
    await page.getByRole('button', { name: 'Copied monitoring/loki' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).to.equal('monitoring/loki');
  });

  it('links only to plain http and https addresses, whatever the API returns', async () => {
    const page = await scene.open();
    const hostile = [
      ...['javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', '//evil.example'],
      ...['vbscript:x', 'https://user:secret@evil.example', 'https://a\\@evil.example', 'http://', 'https://a b'],
    ];
    const services = hostile.map((url, index) => ({ service: `a/s${String(index)}`, url, healthy: null }));
    const inject = (text: string): string =>
      text
        .replaceAll(/"(argoCd|url|source|docs)":"https:[^"]*"/g, '"$1":"javascript:alert(1)"')
        .replaceAll(/"services":\[\{"service":.*?\}\]/g, `"services":${JSON.stringify(services)}`);
    await page.route(/api\/v1\/(?:toolsets|applications)/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: inject(await response.text()) });
    });
    await signIn(page, scene.token);
    await page.getByText('a/s0').first().waitFor();

    const text = await page.locator('main').innerText();
    for (const url of hostile) expect(text.replaceAll(/\s/g, '')).to.include(url.replaceAll(/\s/g, ''));
    expect(text).to.include('argocd/holmesgpt').and.to.include('clusters/prod');
    expect(await page.locator('main a').count()).to.equal(0);
  });

  it('shows what each toolset adds to a prompt, and the total', async () => {
    const page = await scene.signedIn();
    const rows = await Promise.all(
      ['prometheus/metrics', 'my-own', 'internet'].map((name) => row(page, name).innerText()),
    );
    const counts = rows.map((text) => /(\d+) (\d+) tools?/.exec(text)!.slice(1).map(Number));
    const [, total = ''] = /about (\d+) tokens of each prompt/.exec(await page.locator('.pager').innerText())!;

    expect(counts.map(([, tools]) => tools)).to.deep.equal([8, 1, 1]);
    expect(Number(total)).to.be.greaterThan(counts.reduce((sum, [tokens = 0]) => sum + tokens, 0));
  });

  it('finds a Service by text, and explains its rejection', async () => {
    const page = await scene.signedIn({ view: 'Services' });

    await page.getByRole('searchbox').fill('exporter');
    await page.getByText('1 Service', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'monitoring/prometheus-node-exporter' }).click();

    const details = await page.locator('tr.details').innerText();
    expect(details).to.match(/Decision\s+rejected: looks like a known product, but is not/);
    expect(details).to.match(/Why\s+\S+/);
    expect(new URL(page.url()).hash).to.equal('#services?search=exporter');
  });

  it('moves to the search on a slash, accepts further slashes as text, and filters toolsets', async () => {
    const page = await scene.signedIn();
    await page.locator('main').focus();

    await page.keyboard.press('/');
    await page.keyboard.type('g/prom');
    // Contains the first letter, so it is still there when the list was filtered while more was being typed.
    await row(page, 'kubernetes/logs').waitFor({ state: 'detached' });

    expect(await page.getByRole('searchbox').inputValue()).to.equal('g/prom');
    expect(await page.getByRole('rowheader').allInnerTexts()).to.deep.equal(['prometheus/metrics']);
    await show(page, 'Services');
    expect(await page.getByRole('searchbox').inputValue()).to.equal('');
  });

  it('keeps search text in the view in which it was typed, even if another view is opened at once', async () => {
    const page = await scene.signedIn();
    await show(page, 'Services');

    await page.evaluate(typedAnd("document.querySelector('nav a').click()"));
    await row(page, 'my-own').waitFor();
    await page.evaluate(searchIsOver);
    expect(new URL(page.url()).hash).to.equal('#toolsets');
    expect(await page.getByRole('searchbox').inputValue()).to.equal('');

    await page.goBack();
    await page.getByText('1 Service', { exact: true }).waitFor();
    expect(await page.getByRole('searchbox').inputValue()).to.equal('exporter');

    await page.evaluate(typedAnd('history.back()'));
    await row(page, 'my-own').waitFor();
    await page.evaluate(searchIsOver);
    expect(await page.getByRole('searchbox').inputValue()).to.equal('');
  });

  it('updates the focused search field when the address changes', async () => {
    const page = await scene.signedIn({ view: 'Services' });
    const search = page.getByRole('searchbox');
    await page.getByRole('checkbox', { name: 'ignored' }).check();
    await search.fill('web');
    await page.getByText(/^1–100 of/).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(/^101–/).waitFor();
    await search.fill('exporter');
    await page.getByText('1 Service', { exact: true }).waitFor();

    await page.goBack();

    await page.getByText(/^1–100 of/).waitFor();
    expect(await search.inputValue()).to.equal('web');
  });

  it('checks again for an account with permission, and names the missing rule for another', async () => {
    const page = await scene.signedIn();
    const status = page.getByRole('region', { name: 'ConfigMap' });
    await page.getByRole('button', { name: 'Look again' }).click();
    await status.getByText(/^Forbidden\..*\/dynamic-toolset\/api\/v1\/discover/).waitFor();

    const user = await scene.open();
    await signIn(user, await scene.tokenFor('looker', everything));
    await user.getByRole('button', { name: 'Look again' }).click();

    await user.getByText('Checked again just now.').waitFor();
  });

  it('shows a command that creates a token, and selects it on click', async () => {
    const page = await scene.open();
    const [command = ''] = shellBlocks('docs/serve.md').flatMap(({ id, script }) =>
      id === 'token' ? script.trim() : [],
    );

    await page.getByText(command, { exact: true }).click();

    expect(await page.evaluate('String(getSelection())')).to.equal(command);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(command);
    expect(await accessibilityViolations(page)).to.deep.equal([]);
  });

  it('filters by decision, and pages through ignored Services', async () => {
    const page = await scene.signedIn({ view: 'Services' });
    expect(await page.getByRole('rowheader', { name: 'web-' }).count()).to.equal(0);

    await page.getByRole('checkbox', { name: 'ignored' }).check();
    for (const name of ['selected', 'redundant', 'unhealthy', 'rejected', 'denied'])
      await page.getByRole('checkbox', { name }).uncheck();
    await page.getByText(new RegExp(`^1–100 of ${String(others + 1)} Services`)).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(new RegExp(`^101–${String(others + 1)} of`)).waitFor();

    expect(new Set(await column(page, 1))).to.deep.equal(new Set(['ignored']));
    await page.goBack();
    await page.getByText(/^1–100 of/).waitFor();
  });

  it('sorts in both directions, and marks the column', async () => {
    const page = await scene.signedIn({ view: 'Services' });
    const header = page.getByRole('columnheader', { name: 'Decision' });

    await header.getByRole('button').click();
    await page.locator('th[aria-sort=ascending]').getByText('Decision').waitFor();
    // The header changes at once, the rows with the response.
    await page.locator('tbody tr:first-child td').getByText('rejected', { exact: true }).waitFor();
    const ascending = await column(page, 1);
    await header.getByRole('button').click();
    await page.locator('th[aria-sort=descending]').getByText('Decision').waitFor();
    await page.locator('tbody tr:first-child td').getByText(ascending.at(-1)!, { exact: true }).waitFor();

    expect(ascending).to.deep.equal(ascending.toSorted());
    expect(await column(page, 1)).to.deep.equal(ascending.toReversed());
  });

  it('shows the settings from Git', async () => {
    const page = await scene.signedIn({ view: 'Settings' });

    const settings = await page.getByRole('region', { name: 'Settings from Git' }).innerText();

    expect(JSON.parse(settings)).to.have.nested.property('discovery.namespaces.exclude[0]', 'nowhere');
  });

  it('shows a new Service, and why the ConfigMap is out of date, without losing focus', async () => {
    const page = await scene.signedIn({ view: 'Services' });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('searchbox').focus();

    await scene.cluster.apply([
      service('monitoring', 'tempo', 3200),
      endpointSlice('monitoring', 'tempo', { ready: 1 }),
    ]);
    await page.getByRole('button', { name: 'monitoring/tempo' }).waitFor();
    const status = page.getByRole('region', { name: 'ConfigMap' });
    await status.getByText('Out of date', { exact: true }).waitFor();

    expect(await status.innerText()).to.match(
      /Out of date since (?:a Service|the endpoints of a Service) changed \((?:just now|less than a minute ago)\)\./,
    );
    expect(await page.title()).to.match(/^\(Out of date\)/);
    expect(await page.locator('#search:focus').count()).to.equal(1);
    expect(await page.locator('#announcer').innerText()).to.include('Out of date');
    await page.getByRole('link', { name: 'Toolsets' }).click();
    expect(await row(page, 'grafana/tempo').innerText()).to.include('not applied yet');
  });

  it('shows which Service changed and how, the lines that the next sync will change, and then the history', async () => {
    const page = await scene.signedIn({ view: 'Changes' });
    await page.getByText('Live', { exact: true }).waitFor();
    const status = page.getByRole('region', { name: 'ConfigMap' });
    const back = service('monitoring', 'prometheus', 9090);

    await scene.cluster.apply([service('monitoring', 'prometheus', 9091, 'prometheus')]);
    await status.getByText('monitoring/prometheus: port 9090 → 9091').waitFor();
    const lines = page.getByRole('region', { name: 'Lines of prometheus/metrics' });
    expect((await lines.innerText()).split('\n').map((line) => line.trim())).to.deep.equal([
      'prometheus/metrics:',
      'config:',
      '-    prometheus_url: "http://prometheus.monitoring.svc.cluster.local:9090"',
      '+    prometheus_url: "http://prometheus.monitoring.svc.cluster.local:9091"',
      'query_timeout_seconds_default: 30',
      'enabled: true',
    ]);
    expect(await accessibilityViolations(page)).to.deep.equal([]);
    await show(page, 'Toolsets');
    expect(await row(page, 'prometheus/metrics').innerText()).to.include('will be changed');
    await show(page, 'Changes');

    await scene.cluster.apply([back]);
    await scene.cluster.kubectl(['--namespace', 'monitoring', 'delete', 'service,endpointslice', 'tempo']);
    const first = page.getByRole('table', { name: 'History' }).locator('tbody tr').first();
    await first.getByText('reverted').waitFor();
    expect(await first.innerText())
      .to.match(/\d s\s/)
      .and.to.include('grafana/tempo');
    expect(await page.locator('main').innerText()).to.include('This replica has been watching since');
    const day = (await page.locator('figcaption').allInnerTexts()).join('\n');
    // The chart has what the table has.
    const times = await page.getByRole('table', { name: 'History' }).locator('tbody tr').count();
    expect(day)
      .to.match(/Up to date [\d.]+ % of the last .+, as far back as is known\./)
      .and.to.match(new RegExp(`It was out of date ${formatCount(times, 'time')}, for .+ at most\\.`))
      .and.to.match(/1 Service in it, and 1 left out as unhealthy/)
      .and.to.match(/1 to 2 in it/)
      .and.to.match(/Toolsets: 2 toolsets enabled, 0 disabled, and 1 left out with no healthy Service \(on top\)/)
      .and.to.match(/: 2 to 3 enabled, 0 disabled, 1 left out\./);
    expect(await page.locator('.chart .out-of-date').count()).to.equal(times);
  });

  it('can be used by keyboard alone', async () => {
    const page = await scene.open();
    await page.keyboard.type(scene.token);
    await page.keyboard.press('Enter');
    await row(page, 'prometheus/metrics').waitFor();

    await tabTo(page, 'Services');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Search in names, addresses, evidence and reasons');
    await page.keyboard.type('exporter');
    await page.getByText('1 Service', { exact: true }).waitFor();
    await tabTo(page, 'monitoring/prometheus-node-exporter');
    await page.keyboard.press('Enter');

    await page.locator('tr.details').getByText('rejected').waitFor();
  });

  it('keeps the focus on a row when one above it disappears', async () => {
    const alertmanager = [
      service('monitoring', 'alertmanager', 9093),
      endpointSlice('monitoring', 'alertmanager', { ready: 1 }),
    ];
    await scene.cluster.apply(alertmanager);
    const page = await scene.signedIn({ view: 'Services' });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'monitoring/alertmanager' }).waitFor();
    await page.getByRole('button', { name: 'monitoring/loki' }).focus();

    await scene.cluster.kubectl(['--namespace', 'monitoring', 'delete', 'service', 'alertmanager']);
    await page.getByRole('button', { name: 'monitoring/alertmanager' }).waitFor({ state: 'detached' });

    expect(await page.locator(':focus').innerText()).to.equal('monitoring/loki');
  });

  for (const [how, options] of [
    ['in light mode', { colorScheme: 'light' }],
    ['in dark mode', { colorScheme: 'dark' }],
    ['at a width of 375 pixels', { viewport: { width: 375, height: 800 } }],
    ['at 200 %', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
  ] as const)
    it(`passes axe-core ${how}`, async () => {
      const page = await scene.open(options);
      expect(await accessibilityViolations(page), 'sign in').to.deep.equal([]);
      await signIn(page, scene.token);
      for (const view of views) {
        await show(page, view);
        const rows = page.locator('button.open');
        if ((await rows.count()) > 0) await rows.first().click();
        expect(await accessibilityViolations(page), view).to.deep.equal([]);
      }
    });

  it('detects an accessibility violation', async () => {
    const page = await scene.open();
    await page.evaluate(`document.querySelector('label').remove()`);

    expect((await accessibilityViolations(page)).join('\n')).to.include('label');
  });

  it('runs only its own scripts, and sends requests only to the service', async () => {
    const page = await scene.open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    const answer = await page.reload();
    await signIn(page, scene.token);
    await row(page, 'prometheus/metrics').waitFor();

    const attempt = await page.evaluate(`(() => {
      const button = document.createElement('button');
      try {
        button.setAttribute('onclick', 'window.isRun = true');
      } catch {
        // Trusted Types reject the attribute.
      }
      button.click();
      return 'isRun' in window;
    })()`);
    expect(attempt).to.equal(false);
    expect(answer?.headers()['content-security-policy']).to.include("default-src 'none'").and.not.include('unsafe');
    expect(new Set(asked)).to.deep.equal(new Set([scene.serve.url]));
  });

  it('compresses files, and responds with 304 to revalidations', async () => {
    const url = `${scene.serve.url}/page.js`;
    const first = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
    // As browsers revalidate; without cache-control, fetch requests the whole file.
    const headers = { 'cache-control': 'max-age=0', 'if-none-match': first.headers.get('etag') ?? '' };
    const again = await fetch(url, { headers: { 'accept-encoding': 'gzip', ...headers } });

    expect(first.headers.get('content-encoding')).to.equal('gzip');
    expect(again.status).to.equal(304);
    expect((await fetch(url, { method: 'POST' })).status).to.equal(405);
  });
});

async function prepare({ cluster, manage }: Parameters<Prepare>[0]): Promise<void> {
  const namespaces = ['monitoring', 'holmesgpt', 'web'];
  await cluster.apply(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  await cluster.seedServices(Array.from({ length: others }, (_, index) => service('web', `web-${String(index)}`, 80)));
  await cluster.apply([
    ...[service('monitoring', 'prometheus', 9090), endpointSlice('monitoring', 'prometheus', { ready: 1 })],
    service('monitoring', 'prometheus-node-exporter', 9100),
    ...[service('monitoring', 'loki', 3100), endpointSlice('monitoring', 'loki', { notReady: 1 })],
  ]);
  const manifest = await manage('holmesgpt', {
    'toolset.yaml': toolsetYaml({
      target: { configMap: { namespace: 'holmesgpt' } },
      health: { check: 'readiness' },
      discovery: { namespaces: { exclude: ['nowhere'] } },
    }),
    'overrides.yaml': overrides,
  });
  const { spec, status, ...application } = applicationOf('holmesgpt', manifest);
  const source = { ...spec.source, repoURL: 'https://github.com/acme/gitops.git', path: 'clusters/prod' };
  const sync = { revision: commit };
  await cluster.apply([{ ...application, spec: { ...spec, source }, status: { ...status, sync } }]);
}

/** Texts of a column; 0 is the row header. */
function column(page: Page, index: number): Promise<string[]> {
  return page.locator(`tbody tr:not(.details) td:nth-child(${String(index + 1)})`).allInnerTexts();
}

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const names =
    '[document.activeElement, ...(document.activeElement.labels ?? [])].map((one) => one.textContent.trim())';
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await page.evaluate<string[]>(names)).includes(name)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab leads to no ${name}`);
}
