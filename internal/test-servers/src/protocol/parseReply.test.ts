import { parseReply } from './parseReply';

it.each([
  ['+OK\r\n', 'OK'],
  [':42\r\n', 42],
  ['$5\r\nh\u00e4ll\r\n', 'häll'],
  ['$-1\r\n', undefined],
  ['*-1\r\n', undefined],
  ['*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n', ['a', [1], undefined]],
])('parses %j, and returns undefined while a byte is missing', (text, reply) => {
  const received = Buffer.from(text);
  expect(parseReply(Buffer.concat([received, Buffer.from('+next\r\n')]))).toEqual({
    reply,
    byteLength: received.length,
  });
  expect(parseReply(Buffer.concat([Buffer.from('+before\r\n'), received]), 9)).toEqual({
    reply,
    byteLength: received.length,
  });
  for (let length = 0; length < received.length; length++)
    expect(parseReply(received.subarray(0, length))).toBeUndefined();
});

it('parses an error reply as an error, also within an array', () => {
  expect(parseReply(Buffer.from('-ERR no\r\n'))).toMatchObject({ error: 'ERR no' });
  expect(parseReply(Buffer.from('*2\r\n+OK\r\n-ERR no\r\n'))).toMatchObject({ error: 'ERR no', byteLength: 18 });
});
