// The tools of a graphical console: keys, scaling, picture, full screen, own window.
import { Camera, ExternalLink, Keyboard, Maximize, Minimize, Proportions } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useSettings } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { MenuButton, type MenuRow } from '../../components/menu.tsx';
import { formatRoute } from '../../routes.ts';
import { SCALINGS, type Scaling } from '../../store/settings.ts';
import { downloadBlob, screenshotName } from './download.ts';
import { KEY_SEQUENCES, type KeyStroke, strokesOf, typeText } from './key-sequences.ts';

const SCALING_LABELS: Readonly<Record<Scaling, string>> = {
  fit: 'Fit to the view',
  actual: 'Actual pixels (1:1)',
  resize: 'Guest follows the view’s size',
};

export interface VncToolsProps {
  readonly machine: DomainSummary;
  readonly isFull: boolean;
  readonly isConnected: boolean;
  readonly onFullScreen: () => void;
  readonly onStrokes: (strokes: readonly KeyStroke[]) => void;
  readonly isDetached: boolean;
}

function useKeyRows(onStrokes: VncToolsProps['onStrokes']): readonly MenuRow[] {
  const { actions } = useApp();
  const typeClipboard = async (): Promise<void> => {
    try {
      const { strokes, skipped } = typeText(await navigator.clipboard.readText());
      onStrokes(strokes);
      if (skipped > 0)
        actions.inform(
          'Typed with gaps',
          `A US keyboard does not have ${skipped} of the characters; they were left out.`,
        );
    } catch {
      actions.inform('The clipboard can not be read', 'Allow this window to read the clipboard, then try again.');
    }
  };
  const rows = KEY_SEQUENCES.flatMap((group, index): readonly MenuRow[] => [
    ...(index === 0 ? [] : [{ kind: 'separator' as const, id: `group-${index}` }]),
    ...group.map((sequence) => ({
      kind: 'item' as const,
      id: sequence.id,
      label: sequence.label,
      onAction: () => onStrokes(strokesOf(sequence.keys)),
    })),
  ]);
  const paste: MenuRow = {
    kind: 'item',
    id: 'type-clipboard',
    label: 'Type the clipboard’s text',
    hint: 'US layout',
    onAction: () => void typeClipboard(),
  };
  return [paste, { kind: 'separator', id: 'after-paste' }, ...rows];
}

export function VncTools(props: VncToolsProps): ReactNode {
  const { machine, isFull, isConnected } = props;
  const { actions, stores } = useApp();
  const scaling = useSettings((state) => state.scaling[machine.uuid] ?? 'fit');
  const keyRows = useKeyRows(props.onStrokes);
  const setScaling = (next: Scaling): void =>
    stores.settings.setState((state) => ({ scaling: { ...state.scaling, [machine.uuid]: next } }));
  const takePicture = async (): Promise<void> => {
    const picture = await actions.screenshot(machine.uuid);
    if (picture) downloadBlob(picture, screenshotName(machine.name, new Date()));
  };
  const openWindow = (): void => {
    const address = formatRoute({ kind: 'machine', uuid: machine.uuid, tab: 'console', isDetached: true });
    window.open(address, `vivarium-${machine.uuid}`, 'popup,width=1024,height=768');
  };
  return (
    <>
      <MenuButton label="Send keys" icon={Keyboard} iconOnly variant="quiet" isDisabled={!isConnected} rows={keyRows} />
      <MenuButton
        label="Scaling"
        icon={Proportions}
        iconOnly
        variant="quiet"
        rows={SCALINGS.map((mode) => ({
          kind: 'item' as const,
          id: mode,
          label: SCALING_LABELS[mode],
          isChecked: mode === scaling,
          onAction: () => setScaling(mode),
        }))}
      />
      <Button
        label="Screenshot"
        icon={Camera}
        iconOnly
        variant="quiet"
        isDisabled={!machine.isActive}
        onPress={() => void takePicture()}
      />
      {!props.isDetached && !isFull && (
        <Button label="Open in its own window" icon={ExternalLink} iconOnly variant="quiet" onPress={openWindow} />
      )}
      <Button
        label={isFull ? 'Leave full screen' : 'Full screen'}
        icon={isFull ? Minimize : Maximize}
        iconOnly
        variant="quiet"
        hint="F11"
        onPress={props.onFullScreen}
      />
    </>
  );
}
