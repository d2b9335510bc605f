import { markdownTable } from '../../docs/markdown.ts';
import { annotatedTenant } from './measure.ts';
import type { Measured } from './measure.ts';

/** One store under one scheme and tenant, without learning and with it. */
export interface Row {
  readonly before: Measured;
  readonly after: Measured;
}

/** Titles by id. */
export type Titles = Readonly<Record<string, string>>;

/** Where nothing in the store names a namespace, pod or container, no question about it can be answered. */
export type CanAnswer = (measured: Measured, about: string) => boolean;

/** Scheme by store and tenant: how many of the first questions returned data, before and after. */
export function firstQuestionTable(rows: readonly Row[], stores: Titles, schemes: Titles): string {
  const columns = Object.keys(schemes);
  const groups = Map.groupBy(rows, ({ before }) => `${before.store} ${before.tenant ?? ''}`);
  const body = [...groups.values()].map((group) => {
    const { store, tenant } = group[0]!.before;
    const cells = columns.map((scheme) => {
      const row = group.find(({ before }) => before.scheme === scheme);
      return row === undefined ? 'not written' : `${counted(row.before)} -> ${counted(row.after)}`;
    });
    return [stores[store] ?? store, tenantCell(tenant), ...cells];
  });
  return markdownTable(['Store', 'Tenant', ...columns.map((id) => schemes[id] ?? id)], body);
}

function tenantCell(tenant: string | null): string {
  if (tenant === null) return 'none';
  return tenant === annotatedTenant ? `\`${tenant}\`, by annotation` : `\`${tenant}\``;
}

/** The shares in one sentence each. */
export function shares(rows: readonly Row[], canAnswer: CanAnswer): readonly string[] {
  const before = rows.map((row) => row.before);
  const after = rows.map((row) => row.after);
  const answerable = after.flatMap((one) => one.asked.filter(({ about }) => canAnswer(one, about)));
  return [
    `Before: ${share(before.flatMap(({ asked }) => asked))} of the first questions returned data.`,
    `After: ${share(after.flatMap(({ asked }) => asked))}; of those to which the store has an answer, ${share(answerable)}.`,
  ];
}

/** Of stores that hold another cluster too: where the file has its queries select this one. */
export function centralShare(rows: readonly Row[], canAnswer: CanAnswer): readonly string[] {
  if (rows.length === 0) return [];
  const right = rows.length - wrongClusters(rows).length;
  const several = rows.filter(({ after }) => after.tenant?.includes(',')).length;
  const asked = rows.flatMap(({ after }) => after.asked.filter(({ about }) => canAnswer(after, about)));
  return [
    `Of ${String(rows.length)} stores with two clusters, ${String(several)} of them with two tenants, ${String(right)} are asked for this cluster alone, and ${share(asked)} of the first questions returned data.`,
  ];
}

/** Central stores whose queries do not select this cluster. */
export function wrongClusters(rows: readonly Row[]): readonly string[] {
  return rows
    .filter(({ after }) => JSON.stringify(after.always) !== '{"cluster":"prod-eu"}')
    .map(({ after: { store, tenant, always } }) => `${store}, tenant ${tenant ?? 'none'}: ${JSON.stringify(always)}`);
}

/** Questions without data after learning, though the store has an answer: none is the bar. */
export function misses(rows: readonly Row[], canAnswer: CanAnswer): readonly string[] {
  return rows.flatMap(({ after }) =>
    after.asked
      .filter(({ about, hasData }) => !hasData && canAnswer(after, about))
      .map(({ about, params, words }) => {
        const place = `${after.store}, ${after.scheme}, tenant ${after.tenant ?? 'none'} (${after.status})`;
        return `${place}: ${about}: ${JSON.stringify(params)}: ${words.slice(0, 200)}`;
      }),
  );
}

function counted({ asked }: Measured): string {
  return `${asked.filter(({ hasData }) => hasData).length}/${asked.length}`;
}

function share(asked: readonly { readonly hasData: boolean }[]): string {
  const good = asked.filter(({ hasData }) => hasData).length;
  const percent = asked.length === 0 ? 0 : (100 * good) / asked.length;
  return `${good} of ${asked.length} (${percent.toFixed(0)} %)`;
}
