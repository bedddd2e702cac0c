/** A row of buttons of which one is chosen. */
export function ChoiceBar<T extends string>({ label, choices, value, onChange }: { label: string; choices: readonly { value: T; label: string; count?: number }[]; value: T; onChange(value: T): void }) {
  return (
    <div className="choice-bar" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button key={choice.value} type="button" aria-pressed={choice.value === value} onClick={() => onChange(choice.value)}>
          {choice.label}
          {choice.count !== undefined && <span className="choice-count">{choice.count}</span>}
        </button>
      ))}
    </div>
  );
}
