/** What of Grafana's dashboard JSON (schema 42) the page reads; everything else is ignored. */
export type Dashboard = {
  uid: string;
  title: string;
  description?: string;
  time?: { from: string; to: string };
  refresh?: string;
  timepicker?: { quick_ranges?: { display: string; from: string; to: string }[]; refresh_intervals?: string[] };
  templating?: { list?: Variable[] };
  annotations?: { list?: Annotation[] };
  panels: Panel[];
};

/** `query` of a query variable is `{query: "label_values(...)"}`, of a constant its text. */
export type Variable = {
  type: string;
  name: string;
  label?: string;
  query?: string | { query?: string };
  current?: { value?: string | string[] };
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string;
};

export type Annotation = { name: string; expr?: string; titleFormat?: string; iconColor: string; enable?: boolean };

export type Panel = {
  id: number;
  type: string;
  title?: string;
  description?: string;
  gridPos?: { x: number; y: number; w: number; h: number };
  interval?: string;
  targets?: Target[];
  fieldConfig?: { defaults: FieldDefaults; overrides?: Override[] };
  options?: PanelOptions;
  transformations?: { id: string; options?: { excludeByName?: Record<string, boolean>; indexByName?: Record<string, number>; renameByName?: Record<string, string> } }[];
  links?: DashboardLink[];
};

export type Target = { refId: string; expr: string; legendFormat?: string; instant?: boolean; format?: string; exemplar?: boolean; hide?: boolean };

export type Threshold = { value: number | null; color: string };

export type DashboardLink = { title: string; url?: string };

export type FieldDefaults = {
  unit?: string;
  decimals?: number;
  min?: number;
  max?: number;
  noValue?: string;
  thresholds?: { steps: Threshold[] };
  links?: DashboardLink[];
  color?: { mode: string; fixedColor?: string };
  custom?: { fillOpacity?: number; lineWidth?: number; spanNulls?: boolean | number; stacking?: { mode?: string }; thresholdsStyle?: { mode?: string } };
};

export type Override = { matcher: { id: string; options?: unknown }; properties: { id: string; value?: unknown }[] };

export type PanelOptions = {
  textMode?: string;
  graphMode?: string;
  content?: string;
  sortBy?: { displayName: string; desc?: boolean }[];
  legend?: { calcs?: string[] };
  color?: { scheme?: string };
  yAxis?: { unit?: string };
};
