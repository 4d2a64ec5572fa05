// A model of one domain's life, told by itself: what each command does in each state, and with which code it is refused. The engine is compared with it, step by step,
// on a modelled host (thousands of runs) and on real QEMU (tens).
import fc from 'fast-check';
import type { ContractHandler } from '../../src/common/contract/server.ts';
import { toVirError } from '../../src/common/errors.ts';
import { tinyDomain } from './domain-xml.ts';

export const ACTIONS = [
  'define',
  'create',
  'start',
  'start paused',
  'start force-boot',
  'destroy',
  'suspend',
  'resume',
  'reset',
  'managed save',
  'remove managed save',
  'save',
  'restore',
  'undefine',
  'undefine all',
  'autostart',
] as const;
export type Action = (typeof ACTIONS)[number];

export interface Model {
  /** Undefined: there is no such domain. */
  readonly domain:
    | {
        readonly isPersistent: boolean;
        readonly life: 'off' | 'running' | 'paused';
        readonly isSaved: boolean;
        readonly isAutostart: boolean;
      }
    | undefined;
  /** How the guest in the saved file begins; undefined: there is no file. */
  readonly file: 'running' | 'paused' | undefined;
  /** How the guest in the managed save begins. */
  readonly saved: 'running' | 'paused';
}

export const NOTHING: Model = { domain: undefined, file: undefined, saved: 'running' };

type Step = { readonly code: string } | { readonly next: Model };
type Domain = NonNullable<Model['domain']>;

const refuse = (code: string): Step => ({ code });

/** What `action` does to `model`. */
export function predict(model: Model, action: Action): Step {
  const { domain, file } = model;
  const become = (change: Partial<Domain>, rest: Partial<Model> = {}): Step => ({
    next: {
      ...model,
      ...rest,
      domain: { isPersistent: false, life: 'off', isSaved: false, isAutostart: false, ...domain, ...change },
    },
  });
  /** The domain is off: it stays if it is persistent. */
  const end = (rest: Partial<Model> = {}, change: Partial<Domain> = {}): Step =>
    domain?.isPersistent
      ? become({ life: 'off', ...change }, rest)
      : { next: { ...model, ...rest, domain: undefined } };
  if (action === 'define') return become({ isPersistent: true });
  if (action === 'create' || action === 'restore') {
    if (action === 'restore' && !file) return refuse('NO_STORAGE_VOL');
    if (domain && domain.life !== 'off') return refuse('OPERATION_INVALID');
    if (domain?.isSaved) return refuse('OPERATION_INVALID');
    return become({ life: action === 'create' ? 'running' : (file ?? 'running') });
  }
  if (!domain) return refuse('NO_DOMAIN');
  const isActive = domain.life !== 'off';
  switch (action) {
    case 'start':
    case 'start paused':
    case 'start force-boot': {
      if (isActive) return refuse('OPERATION_INVALID');
      const restored = domain.isSaved && action !== 'start force-boot' ? model.saved : 'running';
      return become({ life: action === 'start paused' ? 'paused' : restored, isSaved: false });
    }
    case 'destroy':
      return isActive ? end() : refuse('OPERATION_INVALID');
    case 'suspend':
      return isActive ? become({ life: 'paused' }) : refuse('OPERATION_INVALID');
    case 'resume':
      return isActive ? become({ life: 'running' }) : refuse('OPERATION_INVALID');
    case 'reset':
      return isActive ? { next: model } : refuse('OPERATION_INVALID');
    case 'managed save':
      if (!isActive || !domain.isPersistent) return refuse('OPERATION_INVALID');
      return end({ saved: domain.life }, { isSaved: true });
    case 'save':
      return isActive ? end({ file: domain.life }) : refuse('OPERATION_INVALID');
    case 'remove managed save':
      return become({ isSaved: false });
    case 'undefine':
    case 'undefine all':
      if (!domain.isPersistent || (domain.isSaved && action === 'undefine')) return refuse('OPERATION_INVALID');
      return isActive
        ? become({ isPersistent: false, isSaved: false, isAutostart: false })
        : { next: { ...model, domain: undefined } };
    case 'autostart':
      return domain.isPersistent ? become({ isAutostart: true }) : refuse('OPERATION_INVALID');
  }
}

const UUID = '5a0e5ee8-7f0c-4c4e-9d43-3f1c1c2b0a01';
const EMULATOR = '/usr/bin/qemu-system-x86_64';

export interface Actor {
  readonly handler: Pick<ContractHandler, 'call'>;
  /** Where `save` writes to. */
  readonly file: string;
}

/** Does it; the code of its refusal, or undefined. */
export async function perform({ handler, file }: Actor, action: Action): Promise<string | undefined> {
  const context = { signal: new AbortController().signal };
  const domain = 'web';
  const xml = tinyDomain({ name: 'web', uuid: UUID, memoryMiB: 16, emulator: EMULATOR });
  const calls: Readonly<Record<Action, () => Promise<unknown>>> = {
    define: () => handler.call('domain.define', { xml }, context),
    create: () => handler.call('domain.create', { xml }, context),
    start: () => handler.call('domain.start', { domain }, context),
    'start paused': () => handler.call('domain.start', { domain, paused: true }, context),
    'start force-boot': () => handler.call('domain.start', { domain, forceBoot: true }, context),
    destroy: () => handler.call('domain.destroy', { domain }, context),
    suspend: () => handler.call('domain.suspend', { domain }, context),
    resume: () => handler.call('domain.resume', { domain }, context),
    reset: () => handler.call('domain.reset', { domain }, context),
    'managed save': () => handler.call('domain.managedSave', { domain }, context),
    'remove managed save': () => handler.call('domain.managedSaveRemove', { domain }, context),
    save: () => handler.call('domain.save', { domain, path: file }, context),
    restore: () => handler.call('domain.restore', { path: file }, context),
    undefine: () => handler.call('domain.undefine', { domain }, context),
    'undefine all': () => handler.call('domain.undefine', { domain, managedSave: true }, context),
    autostart: () => handler.call('domain.setAutostart', { domain, autostart: true }, context),
  };
  try {
    await calls[action]();
    return undefined;
  } catch (error) {
    return toVirError(error).code;
  }
}

/** The domain as the engine tells of it. */
export async function observe({ handler }: Actor): Promise<Model['domain']> {
  const { domains } = await handler.call('domain.list', {}, { signal: new AbortController().signal });
  const found = domains.find(({ name }) => name === 'web');
  return (
    found && {
      isPersistent: found.isPersistent,
      life: found.state === 'shutoff' ? 'off' : (found.state as 'running' | 'paused'),
      isSaved: found.hasManagedSave ?? false,
      isAutostart: found.isAutostart,
    }
  );
}

/** Does the actions one after the other and compares after each; the first difference, as a sentence. */
export async function follow(actor: Actor, actions: readonly Action[]): Promise<string | undefined> {
  let model = NOTHING;
  const done: string[] = [];
  for (const action of actions) {
    const step = predict(model, action);
    const expected = 'code' in step ? step.code : undefined;
    const code = await perform(actor, action);
    done.push(`${action}${code ? ` (${code})` : ''}`);
    if (code !== expected) return `${done.join(', ')}: expected ${expected ?? 'success'}`;
    if ('next' in step) model = step.next;
    const seen = await observe(actor);
    if (JSON.stringify(seen) !== JSON.stringify(model.domain))
      return `${done.join(', ')}: it is ${JSON.stringify(seen)}, expected ${JSON.stringify(model.domain)}`;
  }
  return undefined;
}

export const actions = (maxLength: number) =>
  fc.array(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength, size: 'max' });
