// Commands on threads, and on how a guest is measured: which label, what answer. What they do is beside this.
import type { DriverContext } from '../context.ts';
import { plain, type Verbs } from '../jobs/on-domain.ts';
import { calcDirtyRate } from '../stats/dirty-rate.ts';
import { setIothread } from './iothread-values.ts';
import { addIothread, removeIothread } from './iothreads.ts';
import { setPin } from './pins.ts';

export function createTuningVerbs(context: DriverContext): Verbs {
  return {
    'domain.setPin': plain<'domain.setPin'>(
      context,
      { procedure: 'domain.setPin', label: 'Pin threads of' },
      (obj, input, command) => setPin(context, obj, input, command),
    ),
    'domain.addIothread': plain<'domain.addIothread'>(
      context,
      { procedure: 'domain.addIothread', label: 'Add an I/O thread to' },
      (obj, input, command) => addIothread(context, obj, input, command),
    ),
    'domain.setIothread': plain<'domain.setIothread'>(
      context,
      { procedure: 'domain.setIothread', label: 'Change an I/O thread of' },
      (obj, input, command) => setIothread(context, obj, input, command),
    ),
    'domain.calcDirtyRate': plain<'domain.calcDirtyRate'>(
      context,
      { procedure: 'domain.calcDirtyRate', label: 'Measure how fast memory is written by', canCancel: true },
      (obj, input, command) => calcDirtyRate(obj, input, command),
    ),
    'domain.removeIothread': plain<'domain.removeIothread'>(
      context,
      { procedure: 'domain.removeIothread', label: 'Remove an I/O thread of' },
      (obj, input, command) => removeIothread(context, obj, input, command),
    ),
  };
}
