// Devices by what a person calls them: detach-disk, detach-interface, change-media, domif-setlink, domif-getlink (tools/virsh-domain.c).
import { resolve } from 'node:path';
import type { ContractClient } from '../../common/contract/client.ts';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, type Options, text, word } from '../context.ts';
import { AFFECT_OPTIONS, exclusive } from '../flags.ts';
import { affectOfDevice, DETACH_OPTIONS, DEVICE_AFFECT, saidOf, timeoutOf } from './attach.ts';

/** Whether a question is about the definition only. */
const asksConfig = (options: Options): boolean => options.config === true && options.live !== true;

async function detach(client: ContractClient, domain: string, xml: string, options: Options) {
  const affect = await affectOfDevice(options, client, domain);
  return client.call('domain.detachDevice', { domain, xml, ...affect, ...timeoutOf(options) });
}

const detachDisk: CommandSpec = {
  usage: 'detach-disk <domain> <target>',
  summary: 'detach disk device',
  options: [...DETACH_OPTIONS, ['--print-xml', 'print the XML instead of detaching it']],
  failure: 'Failed to detach disk',
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const domain = word(positional);
    const inactive = asksConfig(options);
    const { blocks } = await connection.call('domain.endpoints', { domain, inactive });
    const wanted = word(positional, 1);
    const disk = blocks.find(({ target, source }) => target === wanted || source === wanted);
    if (!disk) throw virError('DEVICE_MISSING', `No disk found whose source path or target is ${wanted}`);
    const xml = `<disk type='${disk.type}' device='${disk.device}'>\n  <target dev='${disk.target}'/>\n</disk>`;
    if (options.printXml) return out.result({ xml }, [xml]);
    const ref = await detach(connection, domain, xml, options);
    out.done(ref, saidOf(ref.state, 'Disk'));
  },
};

const detachInterface: CommandSpec = {
  usage: 'detach-interface <domain> <type>',
  summary: 'detach network interface',
  options: [
    ['--mac <mac>', 'its MAC address'],
    ...DETACH_OPTIONS,
    ['--print-xml', 'print the XML instead of detaching it'],
  ],
  failure: 'Failed to detach interface',
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const domain = word(positional);
    const [type, mac] = [word(positional, 1), text(options, 'mac')?.toLowerCase()];
    const { interfaces } = await connection.call('domain.endpoints', { domain, inactive: asksConfig(options) });
    const found = interfaces.filter(
      (one) => one.type === type && (mac === undefined || one.mac?.toLowerCase() === mac),
    );
    const [first] = found;
    if (!first)
      throw virError(
        'DEVICE_MISSING',
        mac ? `No interface with MAC address ${mac} was found` : `No interface found whose type is ${type}`,
      );
    if (found.length > 1)
      throw virError(
        'INVALID_ARG',
        `Domain has ${found.length} interfaces. Please specify which one to detach using --mac`,
      );
    const xml = `<interface type='${type}'>\n  <mac address='${first.mac}'/>\n</interface>`;
    if (options.printXml) return out.result({ xml }, [xml]);
    const ref = await detach(connection, domain, xml, options);
    out.done(ref, saidOf(ref.state, 'Interface'));
  },
};

const changeMedia: CommandSpec = {
  usage: 'change-media <domain> <path> [source]',
  summary: 'Change media of CD or floppy drive',
  description: 'The drive by its target or its source; with a source it is inserted, with --eject taken out.',
  options: [
    ['--eject', 'take out what is in it'],
    ['--insert', 'put the source in'],
    ['--update', 'put another one in'],
    ...AFFECT_OPTIONS,
    ['--force', 'open a tray that the guest has locked'],
    ['--print-xml', 'not possible here'],
    ['--block', 'the source is a block device'],
  ],
  failure: 'Failed to complete action on media',
  run: async ({ client, out }, positional, options) => {
    for (const [a, b] of [
      ['eject', 'insert'],
      ['eject', 'update'],
      ['insert', 'update'],
      ['eject', 'block'],
    ] as const)
      exclusive(options, a, b);
    if (options.printXml) throw virError('NO_SUPPORT', '--print-xml is not possible for change-media; see dumpxml');
    const [domain, wanted, source] = [word(positional), word(positional, 1), word(positional, 2)];
    if (options.eject && source !== '')
      throw virError('INVALID_ARG', 'Options --eject and --source are mutually exclusive');
    if (!options.eject && source === '')
      throw virError('INVALID_ARG', `No disk source specified for ${options.insert ? 'inserting' : 'updating'}`);
    const connection = await client();
    const { blocks } = await connection.call('domain.endpoints', { domain, inactive: asksConfig(options) });
    const drive = blocks.find((block) => block.target === wanted || block.source === wanted);
    if (!drive) throw virError('DEVICE_MISSING', `No disk found whose source path or target is ${wanted}`);
    if (options.eject && drive.source === undefined)
      throw virError('OPERATION_INVALID', `The disk device '${wanted}' doesn't have media`);
    if (options.insert && drive.source !== undefined)
      throw virError('OPERATION_INVALID', `The disk device '${wanted}' already has media`);
    const ref = await connection.call('domain.changeMedia', {
      domain,
      target: drive.target,
      ...(source === '' ? {} : { source: resolve(source) }),
      ...(options.force ? { force: true } : {}),
      ...(await affectOfDevice(options, connection, domain)),
    });
    const said = options.eject ? 'ejected' : options.insert ? 'inserted' : 'updated';
    out.done(ref, `Successfully ${said} media.`);
  },
};

const setlink: CommandSpec = {
  usage: 'domif-setlink <domain> <interface> <state>',
  summary: 'set link state of a virtual interface',
  options: [...DEVICE_AFFECT, ['--print-xml', 'not possible here']],
  values: { state: ['up', 'down'] },
  failure: 'Failed to update interface link state',
  run: async ({ client, out }, positional, options) => {
    const state = word(positional, 2);
    if (state !== 'up' && state !== 'down') throw virError('INVALID_ARG', `invalid link state '${state}'`);
    const connection = await client();
    const domain = word(positional);
    const affect = await affectOfDevice(options, connection, domain);
    const input = { domain, interface: word(positional, 1), up: state === 'up', ...affect };
    out.done(await connection.call('domain.setLink', input), 'Device updated successfully');
  },
};

const getlink: CommandSpec = {
  usage: 'domif-getlink <domain> <interface>',
  summary: 'get link state of a virtual interface',
  options: [['--config', 'of the stored definition']],
  run: async ({ client, out }, positional, options) => {
    const wanted = word(positional, 1);
    const inactive = options.config === true;
    const { xml } = await (await client()).call('domain.dumpxml', { domain: word(positional), inactive });
    const found = (xml.match(/<interface [\s\S]*?<\/interface>/g) ?? []).find((device) =>
      ['mac address', 'target dev', 'alias name'].some((attribute) =>
        device.toLowerCase().includes(`<${attribute}='${wanted.toLowerCase()}'`),
      ),
    );
    if (!found) throw virError('DEVICE_MISSING', `Interface (dev: ${wanted}) not found.`);
    const state = /<link state='(\w+)'/.exec(found)?.[1] ?? 'up';
    out.result({ interface: wanted, state }, [`${wanted} ${state}`]);
  },
};

export const mediaCommands: readonly CommandSpec[] = [detachDisk, detachInterface, changeMedia, setlink, getlink];
