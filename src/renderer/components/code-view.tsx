// XML with colours, to read; and to write with line numbers and a mark at the line of an error.
import { type ReactNode, type RefObject, useMemo, useRef } from 'react';
import { type TextPosition, tokenizeXml } from '../format/xml-tokens.ts';
import './code-view.css';

/** Beyond this, colouring on every key would be felt. */
const MOST_COLOURED = 120_000;

const Coloured = ({ text }: { readonly text: string }): ReactNode => {
  const tokens = useMemo(
    () => (text.length > MOST_COLOURED ? [{ kind: 'text' as const, text }] : tokenizeXml(text)),
    [text],
  );
  let offset = 0;
  return tokens.map((token) => {
    const key = offset;
    offset += token.text.length;
    return (
      <span key={key} className={`xml-${token.kind}`}>
        {token.text}
      </span>
    );
  });
};

export function CodeView({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="code-view" tabIndex={0} aria-label={label}>
      <pre>
        <Coloured text={text} />
      </pre>
    </section>
  );
}

export interface CodeEditorProps {
  readonly text: string;
  readonly label: string;
  readonly onChange: (text: string) => void;
  readonly error?: (TextPosition & { readonly message: string }) | undefined;
  readonly inputRef?: RefObject<HTMLTextAreaElement | null>;
  readonly isReadOnly?: boolean;
}

/** A text area over its own coloured copy: the caret, selection and undo are the browser's. */
export function CodeEditor(props: CodeEditorProps): ReactNode {
  const { text, error } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => text.split('\n').length, [text]);
  return (
    <div className="code-editor" ref={scroller}>
      <div className="code-gutter" aria-hidden>
        {Array.from({ length: lines }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are their numbers
          <div key={index} className={error?.line === index + 1 ? 'bad' : ''}>
            {index + 1}
          </div>
        ))}
      </div>
      <div className="code-body">
        <pre aria-hidden>
          <Coloured text={text} />
          {'\n'}
        </pre>
        {error && (
          <div
            className="code-error-line"
            style={{ top: `calc(${error.line - 1} * var(--code-line) + 8px)` }}
            aria-hidden
          >
            <span>{error.message}</span>
          </div>
        )}
        <textarea
          {...(props.inputRef ? { ref: props.inputRef } : {})}
          value={text}
          aria-label={props.label}
          aria-invalid={error !== undefined}
          spellCheck={false}
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          wrap="off"
          readOnly={props.isReadOnly ?? false}
          onChange={(event) => props.onChange(event.target.value)}
        />
      </div>
    </div>
  );
}
