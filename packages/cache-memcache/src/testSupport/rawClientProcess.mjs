// The bare library in a process of its own: it can crash its process, and keeps it from exiting.
import Memcached from 'memcached';

const [servers = '', options = '{}'] = process.argv.slice(2);
const client = new Memcached(servers.split(','), JSON.parse(options));

process.on('message', ({ id, method, args }) => {
  client[method](...args, (error, result) => {
    process.send(error === undefined ? { id, result } : { id, error: String(error?.message ?? error) });
  });
});
