import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { LookupFunction } from 'node:net';

/** Addresses of the machine itself, of link-local networks and of cloud metadata: no Service and no API is there. */
const local = new BlockList();
local.addSubnet('0.0.0.0', 8);
local.addSubnet('127.0.0.0', 8);
local.addSubnet('169.254.0.0', 16);
local.addAddress('100.100.100.200');
local.addSubnet('::', 127, 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');
local.addAddress('fd00:ec2::254', 'ipv6');

/** Resolves any name to the cluster IP; if that is not an address, through DNS unless the result is local. */
export function lookupOf(clusterIP: string): LookupFunction {
  const family = isIP(clusterIP);
  if (family === 0) return lookupElsewhere;
  return (_host, { all }, callback) => {
    if (all) callback(null, [{ address: clusterIP, family }]);
    else callback(null, clusterIP, family);
  };
}

/** The owner of a name outside of the cluster decides where it leads, and may change that between two lookups. */
const lookupElsewhere: LookupFunction = (host, options, callback) => {
  lookup(host, options, (error, found, family) => {
    callback(error === null && isLocal(found) ? new LocalAddressError() : error, found, family);
  });
};

function isLocal(found: string | readonly LookupAddress[]): boolean {
  const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
  return addresses.some((address) => local.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
}

class LocalAddressError extends Error {
  readonly code = 'LOCAL_ADDRESS';

  constructor() {
    super('its name leads to a loopback, link-local or metadata address');
  }
}
