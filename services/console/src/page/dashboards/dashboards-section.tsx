import { DashboardList } from "./dashboard-list.tsx";
import { DashboardPage } from "./dashboard-page.tsx";

export function DashboardsSection({ id }: { id: string | undefined }) {
  return id ? <DashboardPage key={id} uid={id} /> : <DashboardList />;
}
