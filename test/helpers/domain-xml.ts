// Small definitions for tests.
export interface TinyDomain {
  readonly name: string;
  readonly uuid?: string;
  readonly type?: 'qemu' | 'kvm';
  readonly memoryMiB?: number;
  readonly emulator?: string;
  /** More elements inside <devices>. */
  readonly devices?: string;
  readonly os?: string;
  /** More elements inside <domain>. */
  readonly more?: string;
}

/** A guest that runs its firmware and no more: enough for everything but consoles. */
export const tinyDomain = ({
  name,
  uuid,
  type = 'qemu',
  memoryMiB = 32,
  emulator,
  devices = '',
  os = '',
  more = '',
}: TinyDomain): string => `<domain type='${type}'>
  <name>${name}</name>
  ${uuid ? `<uuid>${uuid}</uuid>` : ''}
  <memory unit='MiB'>${memoryMiB}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type>${os}</os>
  <features><acpi/></features>
  ${more}
  <devices>
    ${emulator ? `<emulator>${emulator}</emulator>` : ''}
    ${devices}
  </devices>
</domain>
`;
