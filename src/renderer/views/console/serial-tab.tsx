// The Serial tab: the machine's text console in a terminal. The terminal's text is there for assistive technology too.
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { ClipboardPaste, Eraser } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { copyText } from '../../components/copy-button.tsx';
import { SelectInput } from '../../components/fields.tsx';
import { type ConsoleLoop, type ConsoleState, createConsoleLoop } from './console-loop.ts';
import { ConsoleNotice, ConsoleOff } from './console-off.tsx';
import { openSerial } from './open-serial.ts';
import { Silence } from './silence.tsx';
import { ToolsSlot } from './tools-slot.tsx';
import './console.css';

const SCROLLBACK = 10_000;
const SETTLE_MS = 120;

const createTerminal = (): Terminal =>
  new Terminal({
    scrollback: SCROLLBACK,
    screenReaderMode: true,
    cursorBlink: true,
    fontSize: 13,
    lineHeight: 1.15,
    fontFamily: 'ui-monospace, "Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", monospace',
    theme: { background: '#0c0f12', foreground: '#d7dde3', cursor: '#7fd6b4', selectionBackground: '#2f6f5e99' },
  });

/** Ctrl+Shift+C and Ctrl+Shift+V, as in every terminal on Linux. */
function addClipboardKeys(terminal: Terminal): void {
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey) return true;
    if (event.code === 'KeyC') {
      if (terminal.hasSelection()) void copyText(terminal.getSelection());
      event.preventDefault();
      return false;
    }
    // the browser pastes by itself, and xterm takes it
    return event.code !== 'KeyV';
  });
}

function useTerminal(place: HTMLElement | null, name: string): Terminal | undefined {
  const [terminal, setTerminal] = useState<Terminal>();
  useEffect(() => {
    if (!place) return;
    const fresh = createTerminal();
    const fit = new FitAddon();
    fresh.loadAddon(fit);
    fresh.open(place);
    fresh.textarea?.setAttribute('aria-label', `Serial console of ${name}`);
    fresh.textarea?.setAttribute('data-page-focus', '');
    addClipboardKeys(fresh);
    const resize = (): void => {
      if (place.clientWidth > 0 && place.clientHeight > 0) fit.fit();
    };
    resize();
    const observer = new ResizeObserver(resize);
    observer.observe(place);
    setTerminal(fresh);
    return () => {
      observer.disconnect();
      fresh.dispose();
      setTerminal(undefined);
    };
  }, [place, name]);
  return terminal;
}

function useSerialLoop(machine: DomainSummary, index: number, terminal: Terminal | undefined) {
  const { connection } = useApp();
  const [state, setState] = useState<ConsoleState>({ kind: 'connecting' });
  const loop = useRef<ConsoleLoop>(undefined);
  const { uuid } = machine;
  useEffect(() => {
    if (!terminal) return;
    loop.current = createConsoleLoop({
      firstDelayMs: SETTLE_MS,
      onState: setState,
      open: () => openSerial({ connection, domain: uuid, index, terminal }),
    });
    return () => loop.current?.dispose();
  }, [connection, uuid, index, terminal]);
  const engine = useStore(connection.state, (current) => current.kind);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of either is the reason
  useEffect(() => loop.current?.retry(), [engine, machine.state, machine.startedAt]);
  return { state, retry: useCallback(() => loop.current?.retry(), []) };
}

function SerialTools({
  terminal,
  isConnected,
}: {
  readonly terminal: Terminal | undefined;
  readonly isConnected: boolean;
}): ReactNode {
  const { actions } = useApp();
  const paste = async (): Promise<void> => {
    try {
      terminal?.paste(await navigator.clipboard.readText());
      terminal?.focus();
    } catch {
      actions.inform('The clipboard can not be read', 'Press Ctrl+Shift+V in the console instead.');
    }
  };
  return (
    <ToolsSlot>
      <Button
        label="Paste"
        icon={ClipboardPaste}
        iconOnly
        variant="quiet"
        hint="Ctrl+Shift+V"
        isDisabled={!isConnected}
        onPress={() => void paste()}
      />
      <Button label="Clear the scrollback" icon={Eraser} iconOnly variant="quiet" onPress={() => terminal?.clear()} />
    </ToolsSlot>
  );
}

function SerialView({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const [index, setIndex] = useState(0);
  const terminal = useTerminal(place, machine.name);
  const { state, retry } = useSerialLoop(machine, index, terminal);
  return (
    <div className="console serial">
      <SerialTools terminal={terminal} isConnected={state.kind === 'connected'} />
      {machine.serials > 1 && (
        <div className="serial-choice">
          <SelectInput
            label="Port"
            value={String(index)}
            options={Array.from({ length: machine.serials }, (_, port) => ({
              value: String(port),
              label: `Serial port ${port + 1}`,
            }))}
            onChange={(port) => setIndex(Number(port))}
          />
        </div>
      )}
      <section
        ref={setPlace}
        className="serial-place"
        aria-label={`Serial console of ${machine.name}`}
        data-state={state.kind}
      />
      <ConsoleNotice state={state} onRetry={retry} />
      <Silence machine={machine} terminal={terminal} isConnected={state.kind === 'connected'} />
    </div>
  );
}

export function SerialTab({ machine }: { readonly machine: DomainSummary }): ReactNode {
  return machine.isActive ? <SerialView machine={machine} /> : <ConsoleOff machine={machine} />;
}
