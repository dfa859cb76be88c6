/** Names of keys that hold a secret. */
const secretName = /pass|secret|token|credential|^(?:keys?|pfx)$/i;

/** Everything in the configuration that may be a secret: values of keys with such a name, and passwords in addresses. */
export function findSecrets(value: unknown, name = ''): string[] {
  if (typeof value === 'string') return secretName.test(name) ? [value] : findPasswords(value);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    findSecrets(each, Array.isArray(value) || secretName.test(name) ? name : key),
  );
}

/** Passwords in `scheme://user:password@host` and in `user:password@host:port`, as written and decoded. */
function findPasswords(address: string): string[] {
  const found = [...address.matchAll(/(?:^|\/\/|[\s,])[^\s:@/]*:([^\s/]*)@/g)].map(match => match[1] ?? '');
  return found.flatMap(password => [password, decode(password)]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
