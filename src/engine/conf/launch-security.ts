// <launchSecurity> (libvirt: virDomainSecDefFormat): SEV, SEV-SNP, TDX, s390 PV.
import { attr, type Infer, value, variants } from './codec.ts';
import { hex, str, uint, yesNo } from './scalar.ts';

const amd = { cbitpos: value('cbitpos', uint), reducedPhysBits: value('reducedPhysBits', uint) } as const;

export const launchSecurity = variants('type', {
  sev: {
    kernelHashes: attr('kernelHashes', yesNo),
    ...amd,
    policy: value('policy', hex(4, 0xffffffff)),
    dhCert: value('dhCert', str),
    session: value('session', str),
  },
  'sev-snp': {
    kernelHashes: attr('kernelHashes', yesNo),
    authorKey: attr('authorKey', yesNo),
    vcek: attr('vcek', yesNo),
    ...amd,
    policy: value('policy', hex(8, Number.MAX_SAFE_INTEGER)),
    guestVisibleWorkarounds: value('guestVisibleWorkarounds', str),
    idBlock: value('idBlock', str),
    idAuth: value('idAuth', str),
    hostData: value('hostData', str),
  },
  's390-pv': {},
  tdx: { policy: value('policy', hex(8, Number.MAX_SAFE_INTEGER)) },
});
export type LaunchSecurityDef = Infer<typeof launchSecurity>;
