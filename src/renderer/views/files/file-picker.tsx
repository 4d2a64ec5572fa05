// Chooses a file on the computer that Vivarium runs on, or the place and name of a new one. The page can not see files by itself, in neither shell: the engine lists them.
import { ArrowUp, File, Folder } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Input, ListBox, ListBoxItem, TextField } from 'react-aria-components';
import { formatBytes } from '../../../common/base/units.ts';
import type { FileEntry } from '../../../common/model/machine.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { CheckInput, TextInput } from '../../components/fields.tsx';
import { useQuery } from '../use-query.ts';
import { folderOf, pathIn } from './paths.ts';
import './file-picker.css';

export interface FilePickerProps {
  readonly title: string;
  readonly startAt: string;
  /** Endings that fit; empty is every file. Others are shown only when asked for. */
  readonly extensions: readonly string[];
  /** Present where a file is to be written: what it is called at first. */
  readonly newName?: string;
  readonly onChoose: (path: string) => void;
  readonly onClose: () => void;
}

const fits = (entry: FileEntry, extensions: readonly string[]): boolean =>
  entry.isDirectory ||
  extensions.length === 0 ||
  extensions.some((extension) => entry.name.toLowerCase().endsWith(`.${extension}`));

interface EntriesProps {
  readonly entries: readonly FileEntry[];
  readonly chosen: string | undefined;
  readonly onSelect: (entry: FileEntry | undefined) => void;
  readonly onOpen: (entry: FileEntry) => void;
}

function Entries({ entries, chosen, onSelect, onOpen }: EntriesProps): ReactNode {
  const find = (key: unknown): FileEntry | undefined => entries.find((entry) => entry.path === key);
  return (
    <ListBox
      className="file-list"
      aria-label="Files"
      selectionMode="single"
      selectionBehavior="replace"
      selectedKeys={chosen ? [chosen] : []}
      onSelectionChange={(keys) => onSelect(find([...keys][0]))}
      onAction={(key) => {
        const entry = find(key);
        if (entry) onOpen(entry);
      }}
      renderEmptyState={() => <p className="list-note">Nothing here that fits.</p>}
    >
      {entries.map((entry) => {
        const Icon = entry.isDirectory ? Folder : File;
        return (
          <ListBoxItem key={entry.path} id={entry.path} className="file-item" textValue={entry.name}>
            <Icon size={15} aria-hidden />
            <span className="truncate" title={entry.name}>
              {entry.name}
            </span>
            <span className="file-size">{entry.isDirectory ? '' : formatBytes(entry.sizeBytes)}</span>
          </ListBoxItem>
        );
      })}
    </ListBox>
  );
}

/** Remembered while the window is open: the next picker begins where the last one ended. */
let lastFolder: string | undefined;

export function FilePicker(props: FilePickerProps): ReactNode {
  const [path, setPath] = useState<string | undefined>(() => folderOf(props.startAt) ?? lastFolder);
  const [typed, setTyped] = useState<string>();
  const [chosen, setChosen] = useState<FileEntry>();
  const [all, setAll] = useState(false);
  const [newName, setNewName] = useState(props.newName);
  const listing = useQuery('files.list', { showHidden: all, ...(path === undefined ? {} : { path }) });
  const folder = listing.kind === 'ready' ? listing.data : undefined;
  const entries = folder?.entries.filter((entry) => all || fits(entry, props.extensions)) ?? [];
  const goTo = (next: string | undefined): void => {
    setPath(next);
    setTyped(undefined);
    setChosen(undefined);
  };
  const take = (file: string): void => {
    lastFolder = folder?.path;
    props.onChoose(file);
  };
  const choose = (entry: FileEntry): void => (entry.isDirectory ? goTo(entry.path) : take(entry.path));
  const select = (entry: FileEntry | undefined): void => {
    setChosen(entry);
    if (entry && !entry.isDirectory && newName !== undefined) setNewName(entry.name);
  };
  return (
    <Dialog
      title={props.title}
      widthPx={660}
      onClose={props.onClose}
      footer={
        <>
          <div className="footer-start">
            {props.extensions.length > 0 && (
              <CheckInput isSelected={all} onChange={setAll}>
                Show all files, hidden ones too
              </CheckInput>
            )}
          </div>
          <Button label="Cancel" onPress={props.onClose} />
          {newName === undefined || chosen?.isDirectory ? (
            <Button
              label={chosen?.isDirectory ? 'Open folder' : 'Choose'}
              variant="primary"
              isDisabled={!chosen}
              onPress={() => chosen && choose(chosen)}
            />
          ) : (
            <Button
              label="Choose"
              variant="primary"
              isDisabled={!folder || newName === '' || newName.includes('/')}
              onPress={() => folder && take(pathIn(folder.path, newName))}
            />
          )}
        </>
      }
    >
      <div className="file-bar">
        <Button
          label="Folder above"
          icon={ArrowUp}
          iconOnly
          isDisabled={!folder?.parent}
          onPress={() => goTo(folder?.parent)}
        />
        <TextField
          aria-label="Folder"
          value={typed ?? folder?.path ?? path ?? ''}
          onChange={setTyped}
          onKeyDown={(event) => event.key === 'Enter' && typed && goTo(typed)}
        >
          <Input className="input mono" spellCheck={false} />
        </TextField>
      </div>
      <div className="file-body">
        <ul className="file-places" aria-label="Places">
          {folder?.places.map((place) => (
            <li key={place.path}>
              <Button label={place.label} icon={Folder} variant="quiet" small onPress={() => goTo(place.path)} />
            </li>
          ))}
        </ul>
        {listing.kind === 'failed' ? (
          <Banner tone="bad" title={listing.error.message}>
            <p className="field-hint">Choose another place on the left, or type a folder above.</p>
          </Banner>
        ) : (
          <Entries entries={entries} chosen={chosen?.path} onSelect={select} onOpen={choose} />
        )}
      </div>
      {newName !== undefined && <TextInput label="File name" value={newName} isMono onChange={setNewName} />}
    </Dialog>
  );
}
