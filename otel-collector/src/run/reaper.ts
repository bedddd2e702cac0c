import { spawn } from "node:child_process";

/**
 * A shell that outlives us: it knows the processes that we started and ends them when our end of its pipe closes, however we ended, kill -9
 * included. Own session and deaf to what ends us. TERM first, KILL after 10 s; then the folder that was ours alone goes.
 */
const SCRIPT = `
trap '' INT TERM HUP
pids='' folder=''
while IFS= read -r line; do
  case $line in
    +*) pids="$pids \${line#+}" ;;
    -*) kept=''; for pid in $pids; do [ "$pid" = "\${line#-}" ] || kept="$kept $pid"; done; pids=$kept ;;
    /*) folder=$line ;;
  esac
done
for pid in $pids; do kill -TERM "$pid" 2>/dev/null; done
tries=0
while [ -n "$pids" ] && [ $tries -lt 100 ]; do
  alive=''; for pid in $pids; do kill -0 "$pid" 2>/dev/null && alive="$alive $pid"; done
  pids=$alive; [ -z "$alive" ] || sleep 0.1; tries=$((tries + 1))
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
[ -z "$folder" ] || rm -rf "$folder"
`;

/** Ends what this process leaves behind. */
export interface Reaper {
  /** A process has been started. */
  add(pid: number): void;
  /** A process has ended. */
  remove(pid: number): void;
}

/** Starts the reaper of this process. `folder` (absolute) is removed with it. */
export function startReaper(folder?: string): Reaper {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "pipeline-reaper"], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.on("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref?: () => void }).unref?.();
  const tell = (line: string): void => void shell.stdin.write(`${line}\n`);
  if (folder !== undefined) tell(folder);
  return { add: (pid) => tell(`+${pid}`), remove: (pid) => tell(`-${pid}`) };
}
