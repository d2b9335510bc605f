/**
 * How a request says of which tenant it is: by a name, as Loki, Tempo, Mimir and Cortex take it, or by two numbers, as
 * VictoriaLogs does, which means 0:0 where a request says none. No credential either way.
 */
export type TenantKind = 'name' | 'account';

const nameHeader = 'X-Scope-OrgID';
const accountHeader = 'AccountID';
const projectHeader = 'ProjectID';
/** All headers that select a tenant. */
export const tenantHeaderNames: readonly string[] = [nameHeader, accountHeader, projectHeader];

/** What others than Git may say of a name. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** In Git `|` may join several. */
const gitNameForm = /^[A-Za-z0-9][A-Za-z0-9._|-]{0,127}$/;
const accountForm = /^(0|[1-9]\d{0,9})(?::(0|[1-9]\d{0,9}))?$/;
const maxNumber = 2 ** 32 - 1;

/** The word for a tenant: a name as it is, `account:project` also of an account alone; `null` where the text is none. */
export function tenantWord(kind: TenantKind, text: string): string | null {
  return kind === 'account' ? accountWord(text) : nameForm.test(text) ? text : null;
}

/** The same of a text that Git, or the memory of what Git said, has. */
export function gitTenantWord(kind: TenantKind, text: string): string | null {
  return kind === 'account' ? accountWord(text) : gitNameForm.test(text) ? text : null;
}

function accountWord(text: string): string | null {
  const [, account, project = '0'] = accountForm.exec(text) ?? [];
  if (account === undefined || Number(account) > maxNumber || Number(project) > maxNumber) return null;
  return `${account}:${project}`;
}

/** The headers of a request for the tenant, a word of its kind. */
export function tenantHeaders(kind: TenantKind, tenant: string): Readonly<Record<string, string>> {
  if (kind === 'name') return { [nameHeader]: tenant };
  const [account = '', project = ''] = tenant.split(':');
  return { [accountHeader]: account, [projectHeader]: project };
}

/** The tenant that such headers select, in either case; `null` where they select none. */
export function tenantIn(kind: TenantKind, headers: Readonly<Record<string, unknown>>): string | null {
  const said = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const text = (name: string, otherwise: string): string => {
    const value = said.get(name.toLowerCase()) ?? otherwise;
    return typeof value === 'string' ? value : '';
  };
  if (kind === 'name') return gitTenantWord(kind, text(nameHeader, ''));
  const isSaid = said.has(accountHeader.toLowerCase()) || said.has(projectHeader.toLowerCase());
  return isSaid ? accountWord(`${text(accountHeader, '0')}:${text(projectHeader, '0')}`) : null;
}
