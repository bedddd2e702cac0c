/**
 * What every property test runs with. The same texts on every run, so that a failure is nobody's bad luck; another seed, or more runs, by
 * FUZZ_SEED and FUZZ_RUNS. fast-check's error names the seed and the path to the smallest text that fails.
 */
export const FUZZ = { seed: Number(process.env["FUZZ_SEED"] ?? 20_260_102), numRuns: Number(process.env["FUZZ_RUNS"] ?? 400) };

/** For the names of tests. */
export const FUZZ_NAME = `FUZZ_SEED=${FUZZ.seed} FUZZ_RUNS=${FUZZ.numRuns}`;

/** No time is asserted: more runs take longer, and so does a machine with other work. */
export const FUZZ_LIMIT_MS = 600_000;
