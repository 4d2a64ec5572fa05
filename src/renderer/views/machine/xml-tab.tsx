// The machine's definition as libvirt XML: read it, change it, save it. What is saved takes effect at the next start where the machine runs.
import { RotateCcw, Save } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { toVirError, type VirError } from '../../../common/errors.ts';
import type { DomainDetails, DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useUi } from '../../app-context.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { CodeEditor } from '../../components/code-view.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { errorPosition, offsetOf, type TextPosition, withoutPosition } from '../../format/xml-tokens.ts';
import { DetailsGate } from './details-gate.tsx';
import { useDetails } from './use-details.ts';

/** The stored definition: that is what can be changed. */
const storedXml = (details: DomainDetails): string => details.inactiveXml ?? details.xml;

function useDraft(uuid: string, stored: string) {
  const { stores } = useApp();
  const draft = useUi((state) => state.drafts.get(uuid));
  const setDraft = (text: string | undefined): void =>
    stores.ui.setState(({ drafts }) => {
      const next = new Map(drafts);
      if (text === undefined || text === stored) next.delete(uuid);
      else next.set(uuid, text);
      return { drafts: next };
    });
  return { text: draft ?? stored, isChanged: draft !== undefined, setDraft };
}

const placeText = ({ line, column }: TextPosition): string =>
  column === undefined ? `Line ${line}` : `Line ${line}, column ${column}`;

type SaveState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'saved'; readonly warnings: readonly string[] }
  | { readonly kind: 'failed'; readonly error: VirError; readonly at: TextPosition | undefined };

function SaveOutcome({
  state,
  onGoTo,
}: {
  readonly state: SaveState;
  readonly onGoTo: (at: TextPosition) => void;
}): ReactNode {
  if (state.kind === 'saved' && state.warnings.length > 0)
    return <Banner tone="warn" title="Saved, with remarks" detail={state.warnings.join('\n')} />;
  if (state.kind !== 'failed') return null;
  const { error, at } = state;
  return (
    <Banner
      tone="bad"
      title={at ? `${placeText(at)}: ${withoutPosition(error.message)}` : error.message}
      detail={error.detail}
      actions={at && <Button label={`Go to ${placeText(at).toLowerCase()}`} small onPress={() => onGoTo(at)} />}
    >
      <p className="field-hint">Not saved. {adviceFor(error).text}</p>
    </Banner>
  );
}

interface XmlEditorProps {
  readonly machine: DomainSummary;
  readonly details: DomainDetails;
  readonly onSaved: () => void;
}

function XmlEditor({ machine, details, onSaved }: XmlEditorProps): ReactNode {
  const { connection } = useApp();
  const { text, isChanged, setDraft } = useDraft(machine.uuid, storedXml(details));
  const [state, setState] = useState<SaveState>({ kind: 'idle' });
  const input = useRef<HTMLTextAreaElement>(null);
  const savedText = useRef<string>(undefined);
  // the draft stays until the engine tells the definition that it made of it, so that nothing flickers back
  // biome-ignore lint/correctness/useExhaustiveDependencies: only new details end the draft
  useEffect(() => {
    if (savedText.current !== undefined && savedText.current === text) setDraft(undefined);
    savedText.current = undefined;
  }, [details]);
  const goTo = (at: TextPosition): void => {
    const offset = offsetOf(text, at);
    input.current?.focus();
    input.current?.setSelectionRange(offset, offset);
    const line = input.current?.closest('.code-editor');
    line?.scrollTo({ top: Math.max(0, (at.line - 6) * 18), left: 0 });
  };
  const save = async (): Promise<void> => {
    setState({ kind: 'saving' });
    try {
      const { warnings } = await connection.call('domain.define', { xml: text });
      savedText.current = text;
      setState({ kind: 'saved', warnings });
      onSaved();
    } catch (thrown) {
      const error = toVirError(thrown);
      const at = errorPosition(error.message);
      setState({ kind: 'failed', error, at });
      if (at) goTo(at);
    }
  };
  const mark =
    state.kind === 'failed' && state.at ? { ...state.at, message: withoutPosition(state.error.message) } : undefined;
  return (
    <div className="xml-tab">
      <div className="pane-head">
        <XmlNote machine={machine} isChanged={isChanged} state={state} />
        <CopyButton text={text} label="Copy the XML" iconOnly={false} />
        <Button
          label="Revert"
          icon={RotateCcw}
          small
          isDisabled={!isChanged}
          onPress={() => {
            setDraft(undefined);
            setState({ kind: 'idle' });
          }}
        />
        <Button
          label="Save"
          icon={Save}
          small
          variant="primary"
          isDisabled={!isChanged || state.kind === 'saving' || !machine.isPersistent}
          hint="Ctrl+S"
          onPress={() => void save()}
        />
      </div>
      <SaveOutcome state={state} onGoTo={goTo} />
      <SaveKey onSave={() => isChanged && void save()} />
      <CodeEditor
        text={text}
        label={`XML of ${machine.name}`}
        inputRef={input}
        isReadOnly={!machine.isPersistent}
        error={mark}
        onChange={(next) => {
          setDraft(next);
          if (state.kind !== 'idle' && state.kind !== 'saving') setState({ kind: 'idle' });
        }}
      />
    </div>
  );
}

function XmlNote(props: {
  readonly machine: DomainSummary;
  readonly isChanged: boolean;
  readonly state: SaveState;
}): ReactNode {
  const { machine, isChanged, state } = props;
  const text = (): string => {
    if (!machine.isPersistent) return 'A temporary machine has no stored definition; this one can only be read.';
    if (state.kind === 'saving') return 'Saving…';
    if (isChanged)
      return machine.isActive ? 'Changed. When saved, it takes effect at the next start.' : 'Changed, not saved yet.';
    if (state.kind === 'saved') return machine.isActive ? 'Saved. It takes effect at the next start.' : 'Saved.';
    return machine.hasNewDefinition
      ? 'The stored definition differs from the one it runs with.'
      : 'The stored definition, in libvirt’s format.';
  };
  return (
    <span className="truncate field-hint" role="status">
      {text()}
    </span>
  );
}

/** Ctrl+S anywhere on the tab. */
function SaveKey({ onSave }: { readonly onSave: () => void }): ReactNode {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
      event.preventDefault();
      onSave();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [onSave]);
  return null;
}

export function XmlTab({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const state = useDetails(machine.uuid);
  return (
    <DetailsGate state={state}>
      {(details) => <XmlEditor machine={machine} details={details} onSaved={state.refresh} />}
    </DetailsGate>
  );
}
