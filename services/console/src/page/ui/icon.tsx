/** Outlines on a 24 x 24 grid, drawn for this page. */
const paths = {
  home: "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9M10 19v-5h4v5",
  inbox: "M4 13.5 6.5 5h11L20 13.5V19H4v-5.5ZM4 13.5h4.5l1.5 2.5h4l1.5-2.5H20",
  issue: "M12 8v5M12 16.5v.01M10.6 4.4 3.3 17a1.6 1.6 0 0 0 1.4 2.4h14.6a1.6 1.6 0 0 0 1.4-2.4L13.4 4.4a1.6 1.6 0 0 0-2.8 0Z",
  trace: "M4 6h9M7 12h10M12 18h8",
  book: "M5 5.5A1.5 1.5 0 0 1 6.5 4H19v16H6.5A1.5 1.5 0 0 1 5 18.5v-13ZM5 17h14M9 8h6",
  pulse: "M3.5 12.5h4l2.5-6.5 4 12 2.5-5.5h4",
  auto: "M4 5h16v11H4zM9 20h6M12 16v4",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4",
  moon: "M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z",
  check: "M5 12.5 10 17.5 19 7",
  cross: "M6 6l12 12M18 6 6 18",
  info: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM12 11v5.5M12 7.7v.01",
  bell: "M6.5 10a5.5 5.5 0 0 1 11 0c0 5 2 6.5 2 6.5h-15s2-1.5 2-6.5ZM10 19.5h4",
  mail: "M4 6h16v12.5H4zM4 7l8 6.5L20 7",
  chat: "M4.5 5h15v11h-8L7 19.5V16H4.5z",
  phone: "M8.5 4.5 11 9 9 11a11 11 0 0 0 4 4l2-2 4.5 2.5-1 4C11 20 4 13 4.5 5.5z",
  bug: "M8 9a4 4 0 0 1 8 0v6a4 4 0 0 1-8 0V9ZM8 12H4M20 12h-4M8 16l-3 2.5M16 16l3 2.5M8 9 5.5 6.5M16 9l2.5-2.5M12 9v10",
  back: "M14.5 5.5 8 12l6.5 6.5",
  external: "M13 5h6v6M19 5l-8.5 8.5M16.5 14v5H5V7.5h5",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v6M13.5 10.5v6",
  refresh: "M19 12a7 7 0 1 1-2-4.9M19 4v4h-4",
  dot: "M12 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z",
  silence: "M9 6a5.5 5.5 0 0 1 8.5 4c0 2 .3 3.5.8 4.5M6.5 10c0 5-2 6.5-2 6.5h12M10 19.5h4M4 4l16 16",
} as const;

export type IconName = keyof typeof paths;

/** Decorative: the words beside it, or the control's label, carry the meaning. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
