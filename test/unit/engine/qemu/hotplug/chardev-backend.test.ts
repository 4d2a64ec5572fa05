import { describe, expect, it } from 'vitest';
import { chardevAddArgs } from '../../../../../src/engine/qemu/hotplug/chardev-backend.ts';

/** As it goes over the wire, where what is undefined is left out. */
const sent = (text: string): unknown => JSON.parse(JSON.stringify(chardevAddArgs(text)));

describe('a character device over QMP', () => {
  it.each([
    [
      'socket,id=c,path=/run/a,,b.sock,server=on,wait=off',
      'socket',
      { addr: { type: 'unix', data: { path: '/run/a,b.sock' } }, server: true, wait: false },
    ],
    [
      'socket,id=c,path=/p,reconnect=5',
      'socket',
      { addr: { type: 'unix', data: { path: '/p' } }, server: false, reconnect: 5 },
    ],
    [
      'socket,id=c,host=::1,port=99,telnet=on,server=on,wait=off',
      'socket',
      { addr: { type: 'inet', data: { host: '::1', port: '99' } }, telnet: true, server: true, wait: false },
    ],
    ['file,id=c,path=/log,append=on', 'file', { out: '/log', append: true }],
    ['serial,id=c,path=/dev/ttyS0', 'serial', { device: '/dev/ttyS0' }],
    [
      'udp,id=c,host=h,port=1,localaddr=,localport=0',
      'udp',
      {
        remote: { type: 'inet', data: { host: 'h', port: '1' } },
        local: { type: 'inet', data: { host: '', port: '0' } },
      },
    ],
    ['spicevmc,id=c,name=vdagent', 'spicevmc', { type: 'vdagent' }],
    ['qemu-vdagent,id=c,name=vdagent,clipboard=on,mouse=off', 'qemu-vdagent', { clipboard: true, mouse: false }],
    ['null,id=c,logfile=/l,logappend=off', 'null', { logfile: '/l', logappend: false }],
  ])('%s', (text, type, data) => {
    expect(sent(text)).toEqual({ id: 'c', backend: { type, data } });
  });

  it('that is the terminal of the one who started QEMU is refused', () => {
    expect(() => chardevAddArgs('stdio,id=c')).toThrow("a character device of type 'stdio' can't be plugged in");
  });
});
