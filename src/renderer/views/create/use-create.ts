// The life of the wizard: it asks the engine what an image is and what is recommended, and carries out the creation. Answers to old questions are
// dropped. The rules are in create-form.ts.
import { useCallback, useEffect, useMemo, useState } from 'react';
import { toVirError, type VirError } from '../../../common/errors.ts';
import type { MachineDefaults, MediaInfo, OsSummary } from '../../../common/model/machine.ts';
import { useApp, useHost, useMachines } from '../../app-context.ts';
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
  const { connection } = useApp();
  const [state, setState] = useState<MediaState>({ kind: 'none' });
  useEffect(() => {
    if (!path.startsWith('/')) return setState({ kind: 'none' });
    const abort = new AbortController();
    setState({ kind: 'asking' });
    const timer = setTimeout(() => {
      connection.call('media.inspect', { path }, { signal: abort.signal }).then(
        (media: MediaInfo) => !abort.signal.aborted && setState({ kind: 'known', media }),
        (error: unknown) =>
          !abort.signal.aborted && setState({ kind: 'unreadable', message: toVirError(error).message }),
      );
    }, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [connection, path]);
  return state;
}

function useSystems(): readonly OsSummary[] {
  const { connection } = useApp();
  const [systems, setSystems] = useState<readonly OsSummary[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    connection.call('os.list', {}, { signal: abort.signal }).then(
      (answer) => !abort.signal.aborted && setSystems(answer.systems),
      // without the list a machine is created all the same, only without its system's name
      () => undefined,
    );
    return () => abort.abort();
  }, [connection]);
  return systems;
}

/** Recommended figures for the source and system; kept until better ones are there. */
function useDefaults(form: CreateForm, onDefaults: (defaults: MachineDefaults) => void): void {
  const { connection } = useApp();
  const source = JSON.stringify(sourceOf(form));
  useEffect(() => {
    const parsed = source === undefined ? undefined : (JSON.parse(source) as ReturnType<typeof sourceOf>);
    if (!parsed) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const input = { source: parsed, ...(form.osId ? { osId: form.osId } : {}) };
      connection.call('machine.defaults', input, { signal: abort.signal }).then(
        (defaults) => !abort.signal.aborted && onDefaults(defaults),
        // the form's own figures do
        () => undefined,
      );
    }, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [connection, source, form.osId, onDefaults]);
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
  const [defaults, setDefaults] = useState<MachineDefaults>();
  const [submit, setSubmit] = useState<SubmitState>({ kind: 'idle' });
  const host = useHost((state) => state.host);
  const domains = useMachines((state) => state.domains);
  const systems = useSystems();
  const media = useMedia(form.kind === 'iso' ? form.isoPath : form.kind === 'import' ? form.importPath : '');
  useEffect(() => {
    if (media.kind === 'known') setForm((old) => applyMedia(old, media.media));
  }, [media]);
  const onDefaults = useCallback((fresh: MachineDefaults) => {
    setDefaults(fresh);
    setForm((old) => applyDefaults(old, fresh));
  }, []);
  useDefaults(form, onDefaults);
  const names = useMemo(() => new Set([...domains.values()].map((machine) => machine.name)), [domains]);
  const context: FormContext = {
    names,
    host,
    media: media.kind === 'known' ? media.media : undefined,
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
