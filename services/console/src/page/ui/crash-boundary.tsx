import { Component, type ReactNode } from "react";
import { Problem } from "./notice.tsx";

/** Keeps a fault of one section from blanking the page. React offers this to classes only. */
export class CrashBoundary extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <div className="page">
        <Problem action={<button type="button" className="button" onClick={() => location.reload()}>Reload</button>}>
          This section failed: {this.state.error.message}
        </Problem>
      </div>
    );
  }
}
