import { spawn } from "node:child_process";

/**
 * A shell that outlives us: it knows every child's process group and ends them all when our end of its pipe closes, however we ended.
 * Own session and deaf to INT, TERM and HUP, so that what ends us does not end it. TERM first, KILL after 10 s, then the stale lock goes.
 */
const script = `
trap '' INT TERM HUP
groups=''
while read -r line; do
  case $line in
    +*) groups="$groups \${line#+}" ;;
    -*) kept=''
        for group in $groups; do [ "$group" = "\${line#-}" ] || kept="$kept $group"; done
        groups=$kept ;;
  esac
done
for group in $groups; do kill -TERM "-$group" 2>/dev/null; done
tries=0
while [ $tries -lt 50 ]; do
  alive=''
  for group in $groups; do kill -0 "-$group" 2>/dev/null && alive="$alive $group"; done
  [ -z "$alive" ] && break
  sleep 0.2
  tries=$((tries + 1))
done
for group in $alive; do kill -KILL "-$group" 2>/dev/null; done
grep -q "\\"pid\\":$1," "$2" 2>/dev/null && rm -f "$2"
exit 0
`;

export interface Reaper {
  pid: number;
  /** A process group has been started. */
  add: (group: number) => void;
  /** A process group has ended. */
  remove: (group: number) => void;
}

/** Starts the reaper for this process. `lockFile` is removed when it still names this process after all groups have ended. */
export function startReaper(lockFile: string): Reaper {
  const shell = spawn("/bin/sh", ["-c", script, "helloagents-reaper", String(process.pid), lockFile], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  if (shell.pid === undefined) throw new Error("/bin/sh could not be started");
  shell.stdin.on("error", () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref?: () => void }).unref?.();
  return {
    pid: shell.pid,
    add: (group) => void shell.stdin.write(`+${group}\n`),
    remove: (group) => void shell.stdin.write(`-${group}\n`),
  };
}
