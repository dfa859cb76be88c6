import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { clean } from '../link/endpoint';
import type { Deadline } from '../link/deadline';
import type { Endpoint } from '../link/endpoint';
import { expectedName, namesOf, sentName, shakeHands } from './handshake';
import type { Handshake } from './handshake';

/** Explains why a certificate does not fit: the requested name (SNI) is wrong or missing, or the certificate is for another name. */
export async function explainName(endpoint: Endpoint, handshake: Handshake, deadline: Deadline) {
  const { certificate } = handshake;
  const shown = namesOf(certificate).slice(0, 5).map(clean).join(', ') || 'no name at all';
  const wanted = clean(expectedName(endpoint));
  const asked = clean(sentName(endpoint));
  const title = await whatIsWrongWithSni(endpoint, handshake, deadline);
  const detail =
    `The certificate is for ${shown}, and has to be for '${wanted}'. ` +
    (asked === ''
      ? 'No name was asked for (SNI), since the host is an address. '
      : `'${asked}' was asked for (SNI). `) +
    'The cache cannot connect.';
  return title === undefined
    ? {
        ...{ id: 'tls.name' as const, title: 'The certificate is for another name', detail },
        fix: `Use one of its names as the host, or as tls.servername, or have a certificate made for '${wanted}'.`,
      }
    : {
        ...{ id: 'tls.sni' as const, title, detail },
        fix: 'Use the name that the server expects as the host, or write it as tls.servername.',
      };
}

async function whatIsWrongWithSni(
  endpoint: Endpoint,
  { certificate }: Handshake,
  deadline: Deadline,
): Promise<string | undefined> {
  const { place } = endpoint;
  const host = 'path' in place ? '' : place.host;
  const asked = sentName(endpoint);
  const hostNames = namesOf(certificate).filter(name => /[a-z]/i.test(name) && !name.includes(':'));
  if (asked === '' && hostNames.length > 0) return 'The server is not asked for any name (SNI), and is known by one';
  const isForHost = host !== '' && checkServerIdentity(host, certificate) === undefined;
  if (isForHost) return 'tls.servername is not a name of the server, but the host is';
  const candidates = ['', ...(isIP(host) === 0 ? [host] : []), ...hostNames.filter(name => !name.startsWith('*'))];
  const others = await Promise.all(
    candidates
      .filter(name => name !== asked)
      .slice(0, 3)
      .map(name => shakeHands(endpoint, deadline, name)),
  );
  const choosesByName = others.some(
    other => !('stage' in other) && other.certificate.fingerprint256 !== certificate.fingerprint256,
  );
  return choosesByName ? 'The server chooses its certificate by another name' : undefined;
}
