import type { Components } from "../binary.ts";
import type { ConfigFile, Path, Place } from "../config/config-file.ts";
import type { Environment } from "../config/environment.ts";
import type { Tree } from "../config/merge.ts";

/** What a rule looks at. */
export interface Context {
  files: readonly ConfigFile[];
  /** The files merged as the Collector merges them; `${env:...}` not filled in. */
  config: Tree;
  env: Environment;
  /** What the binary knows. */
  components: Components;
  /** What test cases look at; undefined when there are no cases. */
  tested: readonly Tested[] | undefined;
}

/** One test case, as far as coverage goes. */
export interface Tested {
  signals: readonly string[];
  /** Exporters at which the case expects something to arrive. */
  exporters: readonly string[];
}

/** One place where a rule is broken; `path` is looked up in the files, last one first. */
export interface Hit {
  at: Path | Place;
  message: string;
}

/** A coded rule. ../../RULES.md has the same id, reason and remedy, and a bad and a good example. */
export interface Rule {
  id: string;
  /** What goes wrong when it is broken. */
  reason: string;
  /** What to do. */
  remedy: string;
  check(context: Context): Hit[];
}

/** A broken rule at a place. */
export interface Finding extends Place {
  rule: string;
  message: string;
  remedy: string;
}
