import { Component, type ErrorInfo, type ReactNode } from "react";
import { telemetry } from "./telemetry.ts";

/** Keeps a broken view from taking the page along; React offers this only to classes. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    telemetry()?.captureException(error, { "react.component_stack": info.componentStack ?? "" });
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children;
    return (
      <div className="notice notice-bad" role="alert">
        <div>
          <strong>This view stopped working</strong>
          <p>The error has been reported. Nothing that you saved is lost.</p>
        </div>
        <button type="button" className="button" onClick={() => this.setState({ error: null })}>
          Show it again
        </button>
      </div>
    );
  }
}
