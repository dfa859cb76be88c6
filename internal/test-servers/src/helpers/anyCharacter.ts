import fc from 'fast-check';

const FIRST_SURROGATE = 0xd800;
const SURROGATES = 0x800;

/**
 * Any character of Unicode, as the unit of `fc.string`. It generates the same as the unit `binary`, which would build a table of all
 * 1,112,064 characters in each test file, and so take a second of processor time.
 */
export const anyCharacter: fc.Arbitrary<string> = fc.nat(0x10ffff - SURROGATES).map(toCharacter, toNumber);

function toCharacter(number: number): string {
  return String.fromCodePoint(number < FIRST_SURROGATE ? number : number + SURROGATES);
}

function toNumber(character: unknown): number {
  const code = typeof character === 'string' ? character.codePointAt(0) : undefined;
  const number = code === undefined || code < FIRST_SURROGATE ? code : code - SURROGATES;
  if (number === undefined || toCharacter(number) !== character) throw new Error('Not one character');
  return number;
}
