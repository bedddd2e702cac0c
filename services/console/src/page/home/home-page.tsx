import { Alerts } from "./alerts.tsx";
import { GoldenSignals } from "./golden-signals.tsx";
import { LatestInbox } from "./latest-inbox.tsx";
import { Objectives } from "./objectives.tsx";
import { Parts } from "./parts.tsx";

/** One look: do all parts run, is the platform well, what fires, what has just been sent. */
export function HomePage() {
  return (
    <div className="page">
      <h1>Home</h1>
      <GoldenSignals />
      <div className="home-columns">
        <div className="home-column">
          <Alerts />
          <Objectives />
          <Parts />
        </div>
        <LatestInbox />
      </div>
    </div>
  );
}
