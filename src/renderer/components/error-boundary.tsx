// A view that throws takes itself away, not the window: the rest goes on, and the fault is told. React has this for classes only.
import { Component, type ReactNode } from 'react';
import { Banner } from './banner.tsx';
import { Button } from './button.tsx';

export interface ErrorBoundaryProps {
  /** A change of it tries again. */
  readonly subject: string;
  readonly children: ReactNode;
}

interface ErrorBoundaryState {
  readonly error: Error | undefined;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  static getDerivedStateFromError(thrown: unknown): ErrorBoundaryState {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override state: ErrorBoundaryState = { error: undefined };

  override componentDidUpdate(before: ErrorBoundaryProps): void {
    if (before.subject !== this.props.subject && this.state.error) this.setState({ error: undefined });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className="page-scroll">
        <Banner
          tone="bad"
          title="This page has a fault"
          detail={error.stack ?? error.message}
          actions={<Button label="Try again" small onPress={() => this.setState({ error: undefined })} />}
        >
          <p>Your machines are not affected. Copy the details and report them.</p>
        </Banner>
      </div>
    );
  }
}
