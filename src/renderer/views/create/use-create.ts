// The life of the wizard: it asks the engine what an image is and what is recommended, and carries out the creation. Answers to old questions are
// dropped. The rules are in create-form.ts.
import { useEffect, useMemo, useState } from 'react';
import { toVirError, type VirError } from '../../../common/errors.ts';
import type { MachineDefaults, OsSummary } from '../../../common/model/machine.ts';
import { useApp, useHost, useMachines } from '../../app-context.ts';
import { useQuery } from '../use-query.ts';
import {
  applyDefaults,
  applyMedia,
  type CreateForm,
  edit,
  type FieldErrors,
  type FormContext,
  initialForm,
  type MediaState,
  sourceOf,
  toInput,
  validate,
} from './create-form.ts';

const TYPING_PAUSE_MS = 250;

/** What the image at `path` is; asked once typing pauses. */
function useMedia(path: string): MediaState {
  const query = useQuery('media.inspect', path.startsWith('/') ? { path } : undefined, { restMs: TYPING_PAUSE_MS });
  if (!path.startsWith('/')) return { kind: 'none' };
  if (query.kind === 'failed') return { kind: 'unreadable', message: query.error.message };
  if (query.kind === 'ready' && query.data.path === path) return { kind: 'known', media: query.data };
  return { kind: 'asking' };
}

/** Recommended figures for the source and system, as far as they are chosen. */
function useDefaults(form: CreateForm): MachineDefaults | undefined {
  const source = sourceOf(form);
  const input = source && { source, ...(form.osId ? { osId: form.osId } : {}) };
  const query = useQuery('machine.defaults', input, { restMs: TYPING_PAUSE_MS });
  // without an answer the form's own figures do
  return source && query.kind === 'ready' && !query.isStale ? query.data : undefined;
}

export type SubmitState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'creating'; readonly abort: AbortController }
  | { readonly kind: 'failed'; readonly error: VirError };

export interface Create {
  readonly form: CreateForm;
  readonly change: (change: Partial<Omit<CreateForm, 'edited'>>) => void;
  readonly errors: FieldErrors;
  readonly context: FormContext;
  readonly media: MediaState;
  readonly defaults: MachineDefaults | undefined;
  readonly systems: readonly OsSummary[];
  readonly submit: SubmitState;
  readonly create: () => Promise<string | undefined>;
  readonly cancel: () => void;
}

export function useCreate(): Create {
  const { connection } = useApp();
  const [form, setForm] = useState(initialForm);
  const [submit, setSubmit] = useState<SubmitState>({ kind: 'idle' });
  const host = useHost((state) => state.host);
  const domains = useMachines((state) => state.domains);
  // without the list a machine is created all the same, only without its system's name
  const list = useQuery('os.list', {});
  const systems = list.kind === 'ready' ? list.data.systems : [];
  const media = useMedia(form.kind === 'iso' ? form.isoPath : form.kind === 'import' ? form.importPath : '');
  const found = media.kind === 'known' ? media.media : undefined;
  useEffect(() => {
    if (found) setForm((old) => applyMedia(old, found));
  }, [found]);
  const defaults = useDefaults(form);
  useEffect(() => {
    if (defaults) setForm((old) => applyDefaults(old, defaults));
  }, [defaults]);
  const names = useMemo(() => new Set([...domains.values()].map((machine) => machine.name)), [domains]);
  const context: FormContext = {
    names,
    host,
    media: found,
    mediaError: media.kind === 'unreadable' ? media.message : undefined,
  };
  const create = async (): Promise<string | undefined> => {
    const abort = new AbortController();
    setSubmit({ kind: 'creating', abort });
    try {
      const { uuid } = await connection.call('machine.create', toInput(form), { signal: abort.signal });
      return uuid;
    } catch (thrown) {
      const error = toVirError(thrown);
      setSubmit(error.code === 'OPERATION_ABORTED' ? { kind: 'idle' } : { kind: 'failed', error });
      return undefined;
    }
  };
  return {
    form,
    change: (change) => setForm((old) => edit(old, change)),
    errors: submit.kind === 'creating' ? {} : validate(form, context),
    context,
    media,
    defaults,
    systems,
    submit,
    create,
    cancel: () => submit.kind === 'creating' && submit.abort.abort(),
  };
}
