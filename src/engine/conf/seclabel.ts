// <seclabel>: of the domain and of a single source. Vivarium runs guests as its user and sets no label; the element is kept for libvirt.
import { attr, element, type Infer, value } from './codec.ts';
import { choice, str, yesNo } from './scalar.ts';

export const seclabel = element({
  type: attr('type', choice(['dynamic', 'static', 'none'])),
  model: attr('model', str),
  relabel: attr('relabel', yesNo),
  label: value('label', str),
  baselabel: value('baselabel', str),
  imagelabel: value('imagelabel', str),
});
export type SeclabelDef = Infer<typeof seclabel>;

export const deviceSeclabel = element({
  model: attr('model', str),
  labelskip: attr('labelskip', yesNo),
  relabel: attr('relabel', yesNo),
  label: value('label', str),
});
