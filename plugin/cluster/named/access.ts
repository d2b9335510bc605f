import { X509Certificate } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { createSecureContext } from 'node:tls';
import { PluginError } from '../../lib/errors.ts';
import type { ProcessVariables } from '../connection/connection.ts';
import type { ExecCommand } from '../connection/exec-credential.ts';
import { isToken } from '../connection/exec-credential.ts';
import { proxyByEnvironment } from '../connection/proxy.ts';
import { parseProxy } from '../../lib/http/proxy-url.ts';

/** How to reach one cluster, whatever the source. Data only: nothing here refers to a file. */
export interface ClusterAccess {
  readonly server: string;
  /** Name in the server's certificate, if it differs from the address. */
  readonly serverName: string | null;
  readonly insecure: boolean;
  /** URL of the proxy in the definition; `null` without one, in which case the environment may name one. */
  readonly proxy: string | null;
  /** In PEM format, as are the certificate and its key. */
  readonly ca: string | null;
  readonly certificate: { readonly cert: string; readonly key: string } | null;
  readonly token: string | null;
  readonly basic: { readonly username: string; readonly password: string } | null;
  readonly exec: ExecCommand | null;
}

/** What the platform allows for clusters chosen by name. */
export interface AccessRules {
  /** Commands that may be run for a credential, spelled as where they are referenced. */
  readonly exec: readonly string[];
  /** Environment of this process, which such a command inherits and which may name a proxy; empty by default. */
  readonly variables?: ProcessVariables | undefined;
  /** Whether a server may be used without verifying its certificate. */
  readonly insecure: boolean;
}

/**
 * The error for an access definition that cannot be used. `where` is what to look at; the message contains none of its
 * values.
 */
export function invalidAccess(where: string, problem: string, hint: string): PluginError {
  return new PluginError('CLUSTER_ACCESS_INVALID', `${where}: ${problem}`, { hint });
}

/** The address of the API server. Fails with CLUSTER_ACCESS_INVALID if the rules forbid this way of reaching it. */
export function usableServer(access: ClusterAccess, rules: AccessRules, where: string): URL {
  assertUsable(access, rules, where);
  if (access.insecure && !rules.insecure) {
    throw invalidAccess(
      where,
      'it turns off verification of the server',
      'give it the CA of the cluster; --allow-insecure-clusters permits this, but sends the credential to whatever answers',
    );
  }
  const url = URL.parse(access.server);
  const hasSecret = url !== null && (url.username !== '' || url.password !== '' || url.search !== '');
  if (url && !hasSecret && (url.protocol === 'https:' || (url.protocol === 'http:' && access.insecure))) return url;
  throw invalidAccess(where, 'its server is not an https URL', 'write it as https://HOST:PORT, without a user');
}

/** The proxy for the server; `null` for none. Fails with CLUSTER_ACCESS_INVALID. */
export function proxyTo(
  server: URL,
  { proxy: written }: ClusterAccess,
  { variables = {} }: AccessRules,
  where: string,
): URL | null {
  if (written === null) return proxyByEnvironment(server, variables);
  const proxy = parseProxy(written);
  if (proxy) return proxy;
  throw invalidAccess(where, 'its proxy is not the URL of one', 'write http://HOST:PORT, https:// or socks5://');
}

function assertUsable(access: ClusterAccess, rules: AccessRules, where: string): void {
  const { ca, certificate, token, basic, exec } = access;
  if (token === null && !basic && !certificate && !exec) {
    throw invalidAccess(where, 'it has no credential', 'give it a token, a client certificate or a command for one');
  }
  if (token !== null && !isToken(token)) throw invalidAccess(where, 'its token is not valid', 'write it on one line');
  if (exec) assertRunnable(exec, rules, where);
  try {
    // An invalid CA would be ignored silently.
    if (ca !== null) new X509Certificate(ca);
    createSecureContext(certificate ?? {});
  } catch {
    throw invalidAccess(where, 'its CA, certificate or key is not PEM, or they do not match', 'compare with kubectl');
  }
}

function assertRunnable(exec: ExecCommand, rules: AccessRules, where: string): void {
  if (!rules.exec.includes(exec.command)) {
    throw invalidAccess(
      where,
      `the command ${JSON.stringify(exec.command.slice(0, 80))} may not be run for a credential`,
      'the platform allows it with --cluster-exec, since it runs with the rights of the plugin; a token or a client certificate needs no command',
    );
  }
  if (exec.command.includes('/') && !isAbsolute(exec.command)) {
    // It would be relative to the working directory, which is that of an Application.
    throw invalidAccess(where, 'its command is a relative path', 'write the absolute path, or just the name');
  }
  if (!apiVersions.has(exec.apiVersion)) {
    throw invalidAccess(where, 'its command has an unknown apiVersion', `use ${[...apiVersions].join(' or ')}`);
  }
  const refused = Object.keys(exec.env).find((name) => !allowedVariables.has(name));
  if (refused !== undefined) {
    throw invalidAccess(
      where,
      `its command may not be given the variable ${JSON.stringify(refused.slice(0, 80))}`,
      'set it in the container of the plugin',
    );
  }
}

const apiVersions = new Set(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']);

/** Any other variable could change which program runs, or make it run another: PATH, LD_PRELOAD, AWS_CONFIG_FILE. */
const allowedVariables = new Set([
  'AAD_ENVIRONMENT_NAME',
  'AAD_LOGIN_METHOD',
  'AAD_SERVICE_PRINCIPAL_CLIENT_ID',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_ROLE_ARN',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AZURE_CLIENT_ID',
  'AZURE_TENANT_ID',
]);
