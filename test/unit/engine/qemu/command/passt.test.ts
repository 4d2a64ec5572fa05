import { expect, it } from 'vitest';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { passtArgs } from '../../../../../src/engine/qemu/command/passt.ts';

const run = { runtimeDir: '/run/d', startId: 'S' };
const COMMON = '--foreground --one-off --socket /run/d/net0-passt.sock --pid /run/d/net0-passt.S.pid';

function argsOf(inside: string, attributes = "type='user'", options: Parameters<typeof passtArgs>[2] = {}): string {
  const { def } = parseDomain(
    `<domain type='qemu'><name>web</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os><devices><interface ${attributes}><mac address='52:54:00:11:22:33'/>${inside}<backend type='passt'/><alias name='net0'/></interface></devices></domain>`,
  );
  const [net] = def.devices.interfaces;
  if (!net) throw new Error('the interface is lost');
  return passtArgs(net, run, options).join(' ');
}

it('passt serves one QEMU in the foreground, on a socket of the run', () => {
  expect(argsOf('')).toBe(COMMON);
});

it.each([
  ["<source dev='eth1'/>", '--interface eth1'],
  ["<mtu size='1400'/>", '--mtu 1400'],
  ["<ip family='ipv4' address='192.168.9.5' prefix='24'/>", '--address 192.168.9.5 --netmask 24'],
  ["<ip family='ipv6' address='fd00::5'/>", '--address fd00::5'],
  ["<portForward proto='tcp'/>", '--tcp-ports all'],
  ["<portForward proto='tcp'><range start='22'/></portForward>", '--tcp-ports 22'],
  ["<portForward proto='udp'><range start='5353' to='53'/></portForward>", '--udp-ports 5353:53'],
  [
    "<portForward proto='tcp'><range start='8000' end='8010' to='80'/><range start='8005' exclude='yes'/></portForward>",
    '--tcp-ports 8000-8010:80-90,~8005',
  ],
  ["<portForward proto='tcp'><range start='1' end='9' exclude='yes'/></portForward>", '--tcp-ports ~1-9'],
  [
    "<portForward proto='tcp' address='127.0.0.1' dev='lo'><range start='2222' to='22'/></portForward>",
    '--tcp-ports 127.0.0.1%lo/2222:22',
  ],
  ["<portForward proto='tcp' dev='eth0'><range start='80'/></portForward>", '--tcp-ports %eth0/80'],
  ["<portForward proto='tcp' address='2001:db8::1'><range start='80'/></portForward>", '--tcp-ports 2001:db8::1/80'],
])('%s is %s', (xml, expected) => {
  expect(argsOf(xml)).toBe(`${COMMON} ${expected}`);
});

it('root stays root: nobody may make no socket in the run’s folder', () => {
  expect(argsOf('', "type='user'", { runAs: '0:0' })).toBe(`${COMMON} --runas 0:0`);
});

it('a vhost-user card gets the protocol of its own', () => {
  expect(argsOf('', "type='vhostuser'")).toContain('--foreground --one-off --vhost-user --socket');
});
