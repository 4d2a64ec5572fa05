import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatSysinfo, hostSysinfo } from '../../../../../src/engine/driver/host/sysinfo.ts';

async function dmi(values: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vt-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const [name, value] of Object.entries(values)) await writeFile(join(dir, name), value);
  return dir;
}

describe('what the firmware says of the host', () => {
  it('is libvirt’s XML, in its order', async () => {
    const dir = await dmi({
      product_name: 'X <1> & more\n',
      sys_vendor: 'ACME\n',
      bios_vendor: 'SeaBIOS\n',
      bios_release: '5.17\n',
      board_name: 'Z97\n',
      chassis_asset_tag: 'No Asset\n',
    });
    expect((await hostSysinfo(dir)).xml).toBe(`<sysinfo type='smbios'>
  <bios>
    <entry name='vendor'>SeaBIOS</entry>
    <entry name='release'>5.17</entry>
  </bios>
  <system>
    <entry name='manufacturer'>ACME</entry>
    <entry name='product'>X &lt;1&gt; &amp; more</entry>
  </system>
  <baseBoard>
    <entry name='product'>Z97</entry>
  </baseBoard>
  <chassis>
    <entry name='asset'>No Asset</entry>
  </chassis>
</sysinfo>
`);
  });

  it('leaves out what can’t be read and what is empty, and is refused where nothing is left', async () => {
    const dir = await dmi({ sys_vendor: 'ACME\n', product_version: ' \n' });
    await mkdir(join(dir, 'product_serial')); // as unreadable as a file of root's, whoever asks
    expect((await hostSysinfo(dir)).xml).toBe(
      "<sysinfo type='smbios'>\n  <system>\n    <entry name='manufacturer'>ACME</entry>\n  </system>\n</sysinfo>\n",
    );
    expect(formatSysinfo({ product_version: '\n' })).toBeUndefined();
    await expect(hostSysinfo(join(dir, 'none'))).rejects.toMatchObject({ code: 'CONFIG_UNSUPPORTED' });
  });
});
