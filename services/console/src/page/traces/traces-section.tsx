import { TraceList } from "./trace-list.tsx";
import { TracePage } from "./trace-page.tsx";

export function TracesSection({ id }: { id: string | undefined }) {
  return id ? <TracePage key={id} id={id} /> : <TraceList />;
}
