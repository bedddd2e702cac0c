import { useState } from "react";
import { frameAt, type EventException, type Frame } from "../../sentry/event.ts";
import { plural } from "../format.ts";
import { LevelBadge } from "../ui/level.tsx";

/** Outermost first, as it was reported, then what caused it; own code stands out, the rest is folded. */
export function ExceptionChain({ exceptions }: { exceptions: EventException[] }) {
  return (
    <>
      {exceptions.toReversed().map((exception, index) => (
        <section className="card exception" key={index} aria-label={exception.type}>
          {index > 0 && <div className="caused-by">caused by</div>}
          <h2 className="exception-type">{exception.type}</h2>
          <pre className="exception-value">{exception.value}</pre>
          {exception.handled === false && <LevelBadge level="critical" label="unhandled" />}
          <Frames frames={exception.frames} />
        </section>
      ))}
    </>
  );
}

function Frames({ frames }: { frames: Frame[] }) {
  const [all, setAll] = useState(false);
  const newestFirst = frames.toReversed();
  const own = newestFirst.filter((frame) => frame.inApp);
  const folded = !all && own.length > 0 && own.length < frames.length;
  if (frames.length === 0) return <p className="muted">No stack trace was sent.</p>;
  return (
    <>
      <ol className="frames">{(folded ? own : newestFirst).map((frame, index) => <FrameRow key={index} frame={frame} />)}</ol>
      {own.length > 0 && own.length < frames.length && (
        <button type="button" className="link-button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Only own code" : `Show ${plural(frames.length - own.length, "frame")} of libraries`}
        </button>
      )}
    </>
  );
}

function FrameRow({ frame }: { frame: Frame }) {
  return (
    <li className={frame.inApp ? "frame frame-own" : "frame"}>
      <div className="frame-head">
        <span className="frame-function">{frame.function}</span>
        <span className="frame-file" title={frame.absPath}>{frameAt(frame)}</span>
      </div>
      {frame.context !== undefined && (
        <pre className="frame-source" tabIndex={0} aria-label={`Source around ${frameAt(frame)}`}>
          {[...frame.before, frame.context, ...frame.after].map((line, index) => {
            const number = frame.line === undefined ? undefined : frame.line - frame.before.length + index;
            return <span key={index} className={index === frame.before.length ? "source-line source-here" : "source-line"}><span className="source-number">{number}</span>{line}{"\n"}</span>;
          })}
        </pre>
      )}
    </li>
  );
}
