import { BlockList, isIP } from 'node:net';
import { PluginError } from '../../lib/errors.ts';
import { getOwn } from '../../lib/json.ts';
import { parseProxy } from '../../lib/http/proxy-url.ts';
import type { ProcessVariables } from './connection.ts';

/**
 * The proxy that the environment names for a server, by the rules of Go, which kubectl and Argo CD share; `null` for a
 * direct connection. Plain http never uses a proxy: it is for servers nearby. Fails with KUBECONFIG_INVALID.
 */
export function proxyByEnvironment({ protocol, hostname, port }: URL, variables: ProcessVariables): URL | null {
  const named = firstSet(variables, ['HTTPS_PROXY', 'https_proxy']);
  if (protocol !== 'https:' || named === '') return null;
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const exceptions = firstSet(variables, ['NO_PROXY', 'no_proxy']);
  if (isLoopback(host) || exceptions.split(',').some((one) => isException(one, host, port || '443'))) return null;
  const proxy = parseProxy(named);
  if (proxy) return proxy;
  // The value may contain a password.
  throw new PluginError('KUBECONFIG_INVALID', 'HTTPS_PROXY is not the URL of a proxy', {
    hint: `write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, or name ${host} in NO_PROXY`,
  });
}

function firstSet(variables: ProcessVariables, names: readonly string[]): string {
  return names.map((name) => getOwn(variables, name) ?? '').find((value) => value !== '') ?? '';
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  return host === 'localhost' || isIn(loopback, host);
}

function isIn(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Matches an entry of NO_PROXY: `*`, an address or a range of addresses, or a domain including its subdomains; an entry
 * with a port covers only that port.
 */
function isException(written: string, host: string, port: string): boolean {
  const entry = written.trim().toLowerCase();
  if (entry === '*') return true;
  const [, network = '', prefix = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(network) !== 0) return isIn(rangeOf(network, Number(prefix)), host);
  const [, bracketed, plain, ownPort] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? ['', '', entry];
  const name = [bracketed, plain].join('').replace(/^\*(?=\.)/, '');
  if (name === '' || (ownPort !== undefined && ownPort !== port)) return false;
  if (isIP(name) !== 0) return isIn(rangeOf(name, isIP(name) === 6 ? 128 : 32), host);
  return host === name || host.endsWith(name.startsWith('.') ? name : `.${name}`);
}

function rangeOf(network: string, prefix: number): BlockList {
  const list = new BlockList();
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (prefix <= (family === 'ipv6' ? 128 : 32)) list.addSubnet(network, prefix, family);
  return list;
}
