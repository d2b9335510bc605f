import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { events } from '../../plugin/serve/events.ts';
import { openApiDocument } from '../../plugin/serve/http/openapi/document.ts';
import { operations } from '../../plugin/serve/http/openapi/operations.ts';
import { definitions, labels } from '../../plugin/serve/metrics/definitions.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';

const repository = join(import.meta.dirname, '../..');
const guides = globSync(['README.md', 'docs/*.md', 'docs/runbooks/*.md'], { cwd: repository });
const objects = globSync('manifests/**/*.yaml', { cwd: repository }).flatMap((file) =>
  parseAllDocuments(read(file)).map((document) => document.toJS() as Partial<KubeObject> | null),
);
const named = (kind: RegExp): readonly string[] =>
  objects.flatMap((one) => (kind.test(one?.kind ?? '') ? (one?.metadata?.name ?? []) : []));
const paths = Object.keys(openApiDocument(operations, '').paths as object);

/** What a guide names in code has to be there by that name: an operator pastes it at night. */
describe('docs', () => {
  for (const guide of guides) {
    const codes = [...read(guide).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

    it(`name only existing metrics, API paths and objects in ${guide}`, () => {
      const parts = (pattern: RegExp): string[] => codes.flatMap((code) => code.match(pattern) ?? []);

      const metrics = parts(/\btoolset_\w+/g).map((name) => name.replace(/_(?:bucket|sum|count)$/, ''));
      expect(missingFrom([...Object.keys(definitions), ...Object.keys(labels)], metrics)).to.deep.equal([]);
      const asked = parts(
        /(?<=^(?:GET |POST )?)\/api\/v1\/(?:toolsets|services|explain|applications|conf|disc|ev)[\w/{}]*/g,
      );
      expect(missingFrom(paths, asked)).to.deep.equal([]);
      expect(missingFrom(named(/./), parts(/(?<![/.\w-])dynamic-toolset-[a-z-]+(?!\S*\.cjs)/g))).to.deep.equal([]);
    });

    it(`name only existing events in ${guide}`, () => {
      const told = [...read(guide).matchAll(/\bevents?((?:,? (?:and )?`[a-z-]+`)+)/g)].flatMap(([, list = '']) =>
        [...list.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name),
      );

      expect(missingFrom(Object.keys(events), told)).to.deep.equal([]);
    });

    it(`use only existing namespaces, Pod labels, containers and Leases with kubectl in ${guide}`, () => {
      const commands = codes.filter((code) => code.startsWith('kubectl '));
      const option = (flag: string): string[] =>
        commands.flatMap((command) => new RegExp(` ${flag} ([^A-Z\\s]\\S*)`).exec(command)?.[1] ?? []);

      expect(missingFrom([...named(/^Namespace$/), 'argocd'], option('(?:-n|--namespace)'))).to.deep.equal([]);
      expect(missingFrom(podLabels(), option('(?:-l|--selector)'))).to.deep.equal([]);
      expect(missingFrom(containers(), option('(?:-c|--container)'))).to.deep.equal([]);
      const leases = commands.flatMap((command) => / get lease (\S+)/.exec(command)?.[1] ?? []);
      expect(missingFrom(leasesOf(), leases)).to.deep.equal([]);
    });
  }
});

function podLabels(): string[] {
  return templates().flatMap(({ metadata }) =>
    Object.entries(metadata?.labels ?? {}).map(([name, value]) => `${name}=${value}`),
  );
}

function containers(): string[] {
  return templates().flatMap(({ spec }) => spec?.containers?.flatMap(({ name }) => name ?? []) ?? []);
}

/** Leases are made by the program, with the name of its account. */
function leasesOf(): string[] {
  return templates().flatMap(({ spec }) => {
    const args = spec?.containers?.flatMap((one) => one.args ?? []) ?? [];
    return args.includes('--lease=$(POD_NAMESPACE)/$(POD_SERVICE_ACCOUNT)') ? (spec?.serviceAccountName ?? []) : [];
  });
}

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly serviceAccountName?: string;
    readonly containers?: readonly { readonly name?: string; readonly args?: readonly string[] }[];
  };
}

/** Of Pods, in Deployments and in patches of them. */
function templates(): Template[] {
  return objects.flatMap((one) => (one?.spec as { readonly template?: Template } | undefined)?.template ?? []);
}

function missingFrom(there: Iterable<string>, names: readonly string[]): string[] {
  const known = new Set(there);
  return names.filter((name) => !known.has(name));
}

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}
