// A modal dialog: title, body, a row of buttons. Escape and a press beside it close it where that loses nothing.
import { X } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from './button.tsx';

export interface DialogProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly footer: ReactNode;
  readonly onClose: () => void;
  readonly widthPx?: number;
  /** false while something would be lost by a stray press; Escape and the buttons still work. */
  readonly closesOutside?: boolean;
  readonly role?: 'dialog' | 'alertdialog';
  readonly className?: string;
}

export function Dialog(props: DialogProps): ReactNode {
  return (
    <ModalOverlay
      className="backdrop"
      isOpen
      isDismissable={props.closesOutside ?? true}
      isKeyboardDismissDisabled={false}
      onOpenChange={(isOpen) => !isOpen && props.onClose()}
    >
      <Modal className="modal" style={{ '--modal-width': `${props.widthPx ?? 480}px` } as CSSProperties}>
        <AriaDialog className={`dialog ${props.className ?? ''}`} role={props.role ?? 'dialog'}>
          <header>
            <Heading slot="title" level={2}>
              {props.title}
            </Heading>
            <Button label="Close" icon={X} iconOnly variant="quiet" onPress={props.onClose} />
          </header>
          <div className="dialog-body">{props.children}</div>
          <footer>{props.footer}</footer>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
