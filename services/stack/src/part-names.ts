/** The parts of the stack, as --only and --without name them. */
export const partNames = ["postgres", "prometheus", "alertmanager", "console", "sentry-bridge", "collector", "assistant", "backend", "frontend"] as const;

export type PartName = (typeof partNames)[number];
