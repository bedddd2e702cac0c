import type { OtlpRecord } from "./records.ts";

/** Two lists of records, matched. */
export interface Pairing {
  pairs: [OtlpRecord, OtlpRecord][];
  lost: OtlpRecord[];
  gained: OtlpRecord[];
}

/** Finds for each record what has become of it: first what is the same, then what has the same id, then the same name, then the same place. */
export function pair(before: readonly OtlpRecord[], after: readonly OtlpRecord[]): Pairing {
  const pairs: [OtlpRecord, OtlpRecord][] = [];
  let lost = [...before];
  let gained = [...after];
  const match = (keyOf: (record: OtlpRecord) => string): void => {
    const waiting = Map.groupBy(gained, keyOf);
    const taken = new Set<OtlpRecord>();
    lost = lost.filter((record) => {
      const other = waiting.get(keyOf(record))?.shift();
      if (!other) return true;
      pairs.push([record, other]);
      taken.add(other);
      return false;
    });
    gained = gained.filter((record) => !taken.has(record));
  };
  match(contents);
  match(({ signal, id, name }) => `${signal} ${id} ${name}`);
  match(({ signal, id }) => `${signal} ${id}`);
  match(({ signal, name }) => `${signal} ${name}`);
  if (lost.length === gained.length) match(({ signal }) => signal);
  return { pairs, lost, gained };
}

const contents = ({ signal, fields }: OtlpRecord): string => JSON.stringify([signal, ...[...fields].sort(([a], [b]) => (a < b ? -1 : 1))]);

/** One field that is not what it was; undefined: not set. */
export interface Change {
  field: string;
  from: string | undefined;
  to: string | undefined;
}

/** What is different between two records. */
export function changesOf(before: OtlpRecord, after: OtlpRecord): Change[] {
  const fields = new Set([...before.fields.keys(), ...after.fields.keys()]);
  return [...fields].map((field) => ({ field, from: before.fields.get(field), to: after.fields.get(field) })).filter(({ from, to }) => from !== to);
}

// Of every boot another one.
const PASSING = /time_?unix_?nano$|collector\.instance\.id$/i;

/** The contents as one text, without what is another in every run. */
export const identityOf = (record: OtlpRecord): string => contents({ ...record, fields: new Map([...record.fields].filter(([field]) => !PASSING.test(field))) });

/** Each once, whenever it was sent: what ticks repeats itself as often as there is time. */
export const distinct = (records: readonly OtlpRecord[]): OtlpRecord[] => [...new Map(records.map((record) => [identityOf(record), record])).values()];
