import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HOME = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** The folder of the committed configuration, that of its cases, and that of samples with the budget of their series. */
export const CONFIG_DIR = join(HOME, "config");
export const CASES_DIR = join(HOME, "cases");
export const SAMPLES_DIR = join(HOME, "samples");

/** Where the person is: npm changes to the folder of package.json before it runs a script. */
const here = (): string => (process.env["npm_lifecycle_event"] === "pipeline" && process.env["INIT_CWD"]) || process.cwd();

export const absolute = (path: string): string => resolve(here(), path);
