// Definitions of running domains for tests of the pure code: completed and prepared as a start does it.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type DomainDef, parseDomain } from '../../src/engine/conf/domain.ts';
import { completeDomain } from '../../src/engine/qemu/def/complete.ts';
import { prepareDomain } from '../../src/engine/qemu/def/prepare.ts';
import { defineContext } from './define-context.ts';

const folder = join(import.meta.dirname, '../data/domains');

/** Our example domains that are good, by name. */
export const exampleNames = readdirSync(folder)
  .filter((file) => file.endsWith('.xml') && !file.endsWith('.out.xml') && !file.startsWith('bad-'))
  .map((file) => basename(file, '.xml'));

export const storedOf = (xml: string): DomainDef => completeDomain(parseDomain(xml).def, defineContext());
export const storedExample = (name: string): DomainDef => storedOf(readFileSync(join(folder, `${name}.xml`), 'utf8'));
export const liveOf = (stored: DomainDef): DomainDef =>
  prepareDomain(stored, { mode: 'live', id: 1, paths: { runtimeDir: '/run/vm' } });

/** A stored q35 domain with these devices. */
export const storedWith = (devices: string, more = ''): DomainDef =>
  storedOf(
    `<domain type='qemu'><name>web</name><uuid>11111111-1111-1111-1111-111111111111</uuid><memory>65536</memory>${more}<os><type machine='q35'>hvm</type></os><devices>${devices}</devices></domain>`,
  );
