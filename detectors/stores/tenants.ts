/**
 * How a request names its tenant: by a name, as Loki, Tempo, Mimir and Cortex do, or by two numbers, as VictoriaLogs
 * does, where 0:0 is the default. Neither is a credential.
 */
export type TenantKind = 'name' | 'account';

/** Most tenants of one store that are used: each becomes an instance of a consumer that supports several. */
export const maxTenants = 16;

const nameHeader = 'X-Scope-OrgID';
const accountHeader = 'AccountID';
const projectHeader = 'ProjectID';
/** All headers that select a tenant. */
export const tenantHeaderNames: readonly string[] = [nameHeader, accountHeader, projectHeader];

/** Form of a name from any source but Git. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** Form of a name from Git, where `|` may join several. */
const gitNameForm = /^[A-Za-z0-9][A-Za-z0-9._|-]{0,127}$/;
const accountForm = /^(0|[1-9]\d{0,9})(?::(0|[1-9]\d{0,9}))?$/;
const maxNumber = 2 ** 32 - 1;

/** The canonical form of a tenant: a name unchanged, an account as `account:project`; `null` for any other text. */
export function tenantWord(kind: TenantKind, text: string): string | null {
  return kind === 'account' ? accountWord(text) : nameForm.test(text) ? text : null;
}

/** The same for text from Git, or from the plugin's record of an earlier Git value. */
export function gitTenantWord(kind: TenantKind, text: string): string | null {
  return kind === 'account' ? accountWord(text) : gitNameForm.test(text) ? text : null;
}

function accountWord(text: string): string | null {
  const [, account, project = '0'] = accountForm.exec(text) ?? [];
  if (account === undefined || Number(account) > maxNumber || Number(project) > maxNumber) return null;
  return `${account}:${project}`;
}

/** The request headers for a tenant in canonical form. */
export function tenantHeaders(kind: TenantKind, tenant: string): Readonly<Record<string, string>> {
  if (kind === 'name') return { [nameHeader]: tenant };
  const [account = '', project = ''] = tenant.split(':');
  return { [accountHeader]: account, [projectHeader]: project };
}

/** The tenant that the headers select, compared without regard to case; `null` where they select none. */
export function tenantIn(kind: TenantKind, headers: Readonly<Record<string, unknown>>): string | null {
  const lowerCased = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const text = (name: string, otherwise: string): string => {
    const value = lowerCased.get(name.toLowerCase()) ?? otherwise;
    return typeof value === 'string' ? value : '';
  };
  if (kind === 'name') return gitTenantWord(kind, text(nameHeader, ''));
  const hasAccount = lowerCased.has(accountHeader.toLowerCase()) || lowerCased.has(projectHeader.toLowerCase());
  return hasAccount ? accountWord(`${text(accountHeader, '0')}:${text(projectHeader, '0')}`) : null;
}
