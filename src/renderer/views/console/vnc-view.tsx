// The screen of a running machine: noVNC in a box of ours, its tools, and what is said while it is not connected.
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useSettings } from '../../app-context.ts';
import type { Scaling } from '../../store/settings.ts';
import { type ConsoleLoop, type ConsoleState, createConsoleLoop } from './console-loop.ts';
import { ConsoleNotice } from './console-off.tsx';
import { FullScreenBar } from './full-screen-bar.tsx';
import type { KeyStroke } from './key-sequences.ts';
import { openVnc } from './open-vnc.ts';
import { noKeys, type ReleaseState, reduceRelease } from './release-keys.ts';
import { ToolsSlot } from './tools-slot.tsx';
import { useFullScreen } from './use-full-screen.ts';
import type { ScreenSize, VncScreen } from './vnc-screen.ts';
import { VncTools } from './vnc-tools.tsx';
import './console.css';

/** Arrow keys through the list open nothing on the way. */
const SETTLE_MS = 120;

const applyScaling = (screen: VncScreen, scaling: Scaling): void => {
  screen.scaleViewport = scaling !== 'actual';
  screen.resizeSession = scaling === 'resize';
};

interface VncSession {
  readonly state: ConsoleState;
  readonly size: ScreenSize | undefined;
  readonly screen: () => VncScreen | undefined;
  readonly retry: () => void;
}

function useVncSession(machine: DomainSummary, scaling: Scaling, place: HTMLElement | null): VncSession {
  const { connection } = useApp();
  const [state, setState] = useState<ConsoleState>({ kind: 'connecting' });
  const [size, setSize] = useState<ScreenSize>();
  const screen = useRef<VncScreen>(undefined);
  const loop = useRef<ConsoleLoop>(undefined);
  const wanted = useRef(scaling);
  const { uuid } = machine;
  useEffect(() => {
    if (!place) return;
    loop.current = createConsoleLoop({
      firstDelayMs: SETTLE_MS,
      onState: setState,
      open: async () => {
        const opened = await openVnc({
          connection,
          domain: uuid,
          place,
          onSize: setSize,
          prepare: (fresh) => applyScaling(fresh, wanted.current),
        });
        screen.current = opened.screen;
        return opened;
      },
    });
    return () => {
      loop.current?.dispose();
      screen.current = undefined;
      place.replaceChildren();
    };
  }, [connection, uuid, place]);
  useEffect(() => {
    wanted.current = scaling;
    if (screen.current) applyScaling(screen.current, scaling);
  }, [scaling]);
  // the machine or the engine came back: no need to wait for the pause to end
  const engine = useStore(connection.state, (current) => current.kind);
  const isPaused = machine.state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of either is the reason
  useEffect(() => loop.current?.retry(), [engine, isPaused, machine.startedAt]);
  const retry = useCallback(() => loop.current?.retry(), []);
  return { state, size, screen: useCallback(() => screen.current, []), retry };
}

/** A window moved to a screen with another pixel ratio needs its picture scaled anew. */
function usePixelRatio(screen: () => VncScreen | undefined): void {
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change makes a query for the new ratio
  useEffect(() => {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const onChange = (): void => {
      screen()?.refreshScale();
      setRound((number) => number + 1);
    };
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, [round, screen]);
}

export interface VncViewProps {
  readonly machine: DomainSummary;
  readonly isDetached: boolean;
}

export function VncView({ machine, isDetached }: VncViewProps): ReactNode {
  const [place, setPlace] = useState<HTMLDivElement | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const scaling = useSettings((state) => state.scaling[machine.uuid] ?? 'fit');
  const { state, size, screen, retry } = useVncSession(machine, scaling, place);
  const full = useFullScreen();
  const [hasFocus, setFocus] = useState(false);
  const released = useRef<ReleaseState>(noKeys);
  usePixelRatio(screen);
  const watchKeys = (event: KeyboardEvent, down: boolean): void => {
    const { next, releases } = reduceRelease(released.current, { code: event.code, down });
    released.current = next;
    // after noVNC has told the guest that the key is up
    if (releases) setTimeout(() => screen()?.blur());
  };
  const sendStrokes = (strokes: readonly KeyStroke[]): void => {
    for (const { keysym, code, down } of strokes) screen()?.sendKey(keysym, code, down);
    // the menu gives the focus back to its button first
    setTimeout(() => screen()?.focus(), 50);
  };
  const isConnected = state.kind === 'connected';
  const tools = (
    <VncTools
      machine={machine}
      isFull={full.isFull}
      isConnected={isConnected}
      isDetached={isDetached}
      onFullScreen={full.toggle}
      onStrokes={sendStrokes}
    />
  );
  return (
    <div className={`console vnc ${scaling}`} ref={box}>
      {full.isFull || isDetached ? (
        <FullScreenBar machine={machine}>{tools}</FullScreenBar>
      ) : (
        <ToolsSlot>{tools}</ToolsSlot>
      )}
      <div
        ref={setPlace}
        className="vnc-place"
        role="application"
        aria-label={`Screen of ${machine.name}`}
        aria-describedby="console-help"
        data-page-focus
        data-state={state.kind}
        data-width={size?.width}
        data-height={size?.height}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes every key
        tabIndex={0}
        onFocus={(event) => {
          if (event.target === event.currentTarget) screen()?.focus();
          setFocus(true);
        }}
        onBlur={() => {
          screen()?.releaseKeys();
          setFocus(false);
        }}
        onKeyDownCapture={(event) => watchKeys(event, true)}
        onKeyUpCapture={(event) => watchKeys(event, false)}
      />
      <ConsoleNotice state={state} onRetry={retry} />
      <ConsoleFoot machine={machine} size={size} hasFocus={hasFocus && isConnected} isConnected={isConnected} />
    </div>
  );
}

interface FootProps {
  readonly machine: DomainSummary;
  readonly size: ScreenSize | undefined;
  readonly hasFocus: boolean;
  readonly isConnected: boolean;
}

function ConsoleFoot({ machine, size, hasFocus, isConnected }: FootProps): ReactNode {
  const hint = hasFocus
    ? 'Keys go to the machine. Ctrl+Alt gives them back.'
    : 'Click the screen to type into the machine.';
  return (
    <div className="console-foot">
      <span id="console-help">{isConnected ? hint : ''}</span>
      {machine.state === 'paused' && <span className="console-paused">Paused: the picture stands still</span>}
      <span>{isConnected && size ? `${size.width} × ${size.height}` : ''}</span>
    </div>
  );
}
