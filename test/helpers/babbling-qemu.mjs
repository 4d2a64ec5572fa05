// An emulator that answers as QEMU does until it is told to run, then breaks the monitor protocol as VIVARIUM_BABBLE says: garbage, flood, or hang.
import { createServer } from 'node:net';

const manner = process.env.VIVARIUM_BABBLE;
const replies = {
  'query-cpus-fast': [{ 'cpu-index': 0, 'thread-id': process.pid }],
  'query-status': { running: true, status: 'running' },
  'query-uuid': { UUID: process.argv[process.argv.indexOf('-uuid') + 1] },
};

function misbehave(socket) {
  if (manner === 'garbage') socket.write('\x00\xff{"event": "STOP", "data": [\n'.repeat(3));
  else if (manner === 'flood') {
    const chunk = Buffer.alloc(1024 * 1024, 0x61);
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
      if (!socket.destroyed) socket.once('drain', more);
    };
    socket.on('error', () => undefined);
    more();
  } else socket.removeAllListeners('data');
}

createServer((socket) => {
  socket.on('error', () => undefined);
  socket.write('{"QMP": {"version": {}, "capabilities": []}}\n');
  socket.on('data', (data) => {
    for (const line of String(data).trim().split('\n')) {
      const { execute, id } = JSON.parse(line);
      socket.write(`${JSON.stringify({ return: replies[execute] ?? {}, id })}\n`);
      if (execute === 'cont') misbehave(socket);
    }
  });
}).listen({ fd: 3 });
