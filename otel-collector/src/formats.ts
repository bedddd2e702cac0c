// Apart from the reports, as the command line names the formats before it is known which command is meant: all commands would be loaded with them.
export const CHECK_FORMATS = ["human", "json", "sarif", "github"] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

export const TEST_FORMATS = ["human", "json", "junit"] as const;
export type TestFormat = (typeof TEST_FORMATS)[number];

export const DIFF_FORMATS = ["markdown", "json"] as const;
export type DiffFormat = (typeof DIFF_FORMATS)[number];

export const WHY_FORMATS = ["human", "json"] as const;
export type WhyFormat = (typeof WHY_FORMATS)[number];
