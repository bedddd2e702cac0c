import { IssuePage } from "./issue-page.tsx";
import { IssueList } from "./issue-list.tsx";

export function IssuesSection({ id }: { id: string | undefined }) {
  return id ? <IssuePage key={id} id={id} /> : <IssueList />;
}
