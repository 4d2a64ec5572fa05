// The disk files of a machine of the demo host: one that is its own, one that others use too, a medium, and one that is missing.
import type { DiskFile, DomainSummary } from '../../src/common/model/domain.ts';
import { imagePath } from './demo-hardware.ts';

const GIB = 1024 ** 3;

export const demoDisks = (summary: DomainSummary): readonly DiskFile[] => [
  {
    target: 'vda',
    path: imagePath(summary),
    format: 'qcow2',
    device: 'disk',
    isReadOnly: false,
    capacityBytes: 20 * GIB,
    allocationBytes: 7.4 * GIB,
    isMissing: false,
    usedBy: [],
  },
  {
    target: 'vdb',
    path: '/srv/images/shared-data.qcow2',
    format: 'qcow2',
    device: 'disk',
    isReadOnly: false,
    capacityBytes: 200 * GIB,
    allocationBytes: 121 * GIB,
    isMissing: false,
    usedBy: ['database', 'build-farm'],
  },
  {
    target: 'sda',
    path: '/home/ada/Downloads/debian-12.7.0-amd64-netinst.iso',
    format: 'raw',
    device: 'cdrom',
    isReadOnly: true,
    capacityBytes: 661_651_456,
    allocationBytes: 661_651_456,
    isMissing: false,
    usedBy: [],
  },
  {
    target: 'vdc',
    path: '/mnt/usb/scratch.img',
    format: 'raw',
    device: 'disk',
    isReadOnly: false,
    isMissing: true,
    usedBy: [],
  },
];
