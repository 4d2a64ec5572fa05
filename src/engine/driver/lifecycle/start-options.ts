// How a domain is started.
import type { DomainDef } from '../../conf/domain.ts';

export interface StartOptions {
  readonly paused?: boolean | undefined;
  /** Run in software even where KVM works. */
  readonly accelerator?: 'tcg' | undefined;
  /** Run this instead of the stored definition, for this once (`create` of a defined domain, `restore`). */
  readonly definition?: DomainDef | undefined;
  /** Boot, also where there is a managed save, which is removed. */
  readonly forceBoot?: boolean | undefined;
  /** Make the UEFI variables anew from their template. */
  readonly resetNvram?: boolean | undefined;
  /** Go on from this file, instead of from the managed save if there is one. The file stays. */
  readonly restoreFrom?: string | undefined;
  /** A restored guest runs, also where it was paused when it was saved. */
  readonly running?: boolean | undefined;
}
