// Where a disk is copied to, said as a <disk> (libvirt: virDomainBlockCopy, virDomainDiskDefParseSource): its source and its format count, and what else stands there is the
// disk's own and stays. Pure.
import { isAbsolute } from 'node:path';
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DiskDef } from '../../conf/disk.ts';
import { parseDevice } from '../../conf/edit-devices.ts';

type Input = ParsedInput<'domain.blockCopy'>;
export type CopyInput = Input & { readonly destination: string };

const unsupported = (what: string) =>
  virError('CONFIG_UNSUPPORTED', `a disk is copied to a file or a block device here, not to ${what}`);

function parseDestination(xml: string): DiskDef {
  const { key, device } = parseDevice(xml);
  if (key !== 'disks') throw virError('XML_ERROR', "expecting root element of 'disk'");
  return device as DiskDef;
}

function assertPlain(disk: DiskDef): void {
  const { source, backingStore } = disk;
  if (source?.encryption ?? disk.encryption) throw unsupported('an encrypted image');
  if (source?.slices) throw unsupported('a slice of an image');
  if (source?.dataStore) throw unsupported('an image with its data elsewhere');
  if (source?.fdgroup !== undefined) throw unsupported('file descriptors');
  if (backingStore?.source)
    throw virError(
      'INVALID_ARG',
      'what lies below the copy is not said in its XML: with --shallow it is what lies below the disk, with --reuse-external what the image says',
    );
}

/** What `xml` says, as what can be said without. Throws XML_ERROR, INVALID_ARG, CONFIG_UNSUPPORTED (neither a file nor a block device). */
export function withDestination(input: Input): CopyInput {
  const { xml, destination } = input;
  if ((xml === undefined) === (destination === undefined))
    throw virError('INVALID_ARG', 'need either a destination or its XML, and not both');
  if (destination !== undefined) return { ...input, destination };
  if (input.format !== undefined || input.isBlockDevice !== undefined)
    throw virError('INVALID_ARG', 'the format and the kind of the destination are said in its XML');
  const disk = parseDestination(xml ?? '');
  const { type = 'file' } = disk;
  if (type !== 'file' && type !== 'block') throw unsupported(`a source of type '${type}'`);
  assertPlain(disk);
  const place = type === 'file' ? disk.source?.file : disk.source?.dev;
  if (place === undefined) throw virError('XML_ERROR', 'missing source information for device');
  if (!isAbsolute(place)) throw virError('INVALID_ARG', 'absolute path must be used as block copy target');
  const format = disk.driver?.type;
  return {
    ...input,
    destination: place,
    ...(format === undefined ? {} : { format }),
    ...(type === 'block' ? { isBlockDevice: true } : {}),
  };
}
