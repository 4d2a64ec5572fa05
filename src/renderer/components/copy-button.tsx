// Puts a text on the clipboard and says so for a moment.
import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from './button.tsx';

const SHOWN_MS = 1500;

/** Works without clipboard permission too, by a text field out of sight. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // permission denied, as in Electron: the old way needs none
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}

export function CopyButton({
  text,
  label,
  iconOnly = true,
}: {
  text: string;
  label: string;
  iconOnly?: boolean;
}): ReactNode {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <Button
      label={isCopied ? 'Copied' : label}
      icon={isCopied ? Check : Copy}
      iconOnly={iconOnly}
      small
      variant={iconOnly ? 'quiet' : 'default'}
      onPress={() => void copyText(text).then(() => setCopied(true))}
    />
  );
}
