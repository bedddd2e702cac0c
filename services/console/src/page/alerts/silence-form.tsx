import { useEffect, useRef, useState, type FormEvent } from "react";
import { Problem } from "../ui/notice.tsx";
import { getJson } from "../use-json.ts";

const DURATIONS = [[1, "1 hour"], [2, "2 hours"], [4, "4 hours"], [8, "8 hours"], [24, "1 day"], [72, "3 days"]] as const;

/** Makes a silence: no messages for alerts with all of these labels, for a while, with a reason. */
export function SilenceForm({ labels, onClose }: { labels: Record<string, string>; onClose(): void }) {
  const [matchers, setMatchers] = useState(Object.entries(labels).map(([name, value], id) => ({ id, name, value })));
  const [hours, setHours] = useState("2");
  const [comment, setComment] = useState("");
  const [problem, setProblem] = useState<string>();
  // It opens below a list that may be long: whoever opened it is led there.
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const change = (id: number, to: { name?: string; value?: string }) => setMatchers(matchers.map((each) => (each.id === id ? { ...each, ...to } : each)));
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      // What the alert itself says is meant as it stands, whatever signs are in it.
      const given = matchers.filter(({ name, value }) => name && value).map(({ name, value }) => ({ name, value, isRegex: labels[name] !== value && /[*|+]/.test(value), isEqual: true }));
      await getJson("/api/silences", undefined, { method: "POST", body: JSON.stringify({ matchers: given, hours: Number(hours), comment }) });
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <form ref={form} className="card silence-form" aria-label="New silence" onSubmit={(event) => void save(event)}>
      <h2>New silence</h2>
      <p className="muted">Alerts with all of these labels send no messages until it ends. They still show here.</p>
      {problem && <Problem>{problem}</Problem>}
      {matchers.map(({ id, name, value }) => (
        <div key={id} className="silence-matcher">
          <input className="input" aria-label="Label" value={name} onChange={(event) => change(id, { name: event.target.value })} placeholder="label" />
          <span aria-hidden="true">=</span>
          <input className="input" aria-label={`Value of ${name || "the label"}`} value={value} onChange={(event) => change(id, { value: event.target.value })} placeholder="value, or an expression such as helloagents-.*" />
          <button type="button" className="link-button" aria-label={`Without ${name || "this label"}`} onClick={() => setMatchers(matchers.filter((each) => each.id !== id))}>Remove</button>
        </div>
      ))}
      <button type="button" className="link-button" onClick={() => setMatchers([...matchers, { id: Math.max(-1, ...matchers.map((each) => each.id)) + 1, name: "", value: "" }])}>One more label</button>
      <label className="silence-field">For <select className="input" aria-label="For how long" value={hours} onChange={(event) => setHours(event.target.value)}>{DURATIONS.map(([value, label]) => <option key={value} value={value}>{label}</option>)}</select></label>
      <label className="silence-field">Why <input className="input" aria-label="Why" value={comment} onChange={(event) => setComment(event.target.value)} placeholder="Database upgrade" /></label>
      <div className="links"><button type="submit" className="button">Silence</button><button type="button" className="link-button" onClick={onClose}>Cancel</button></div>
    </form>
  );
}
