import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";

/**
 * How to run a command in a network namespace of its own, where every port is free and nobody can be reached: `unshare -n` for root, else
 * `unshare -rn`. Undefined and why, where the system does not allow it.
 */
export async function networkNamespace(): Promise<{ wrap: (command: string, args: string[]) => [string, string[]] } | { unable: string }> {
  const why: string[] = [];
  for (const flags of process.getuid?.() === 0 ? ["-n", "-rn"] : ["-rn"]) {
    const failure = await failureOf("unshare", [flags, "true"]);
    if (failure === undefined) return { wrap: (command, args) => ["unshare", [flags, "/bin/sh", "-c", SCRIPT, "sh", ...ownAddresses(), "--", command, ...args]] };
    why.push(`unshare ${flags}: ${failure}`);
  }
  return { unable: why.join("; ") };
}

/**
 * Loopback comes up, and the machine's own addresses stand on it, so that a receiver bound to one of them can listen as it would outside.
 * Without `ip`, every address counts as own.
 */
const SCRIPT = `
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || echo 1 2>/dev/null >/proc/sys/net/ipv4/ip_nonlocal_bind
while [ $# -gt 0 ]; do case $1 in --) shift; break ;; *) ip addr add "$1" dev lo 2>/dev/null ;; esac; shift; done
exec "$@"
`;

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).filter(({ internal }) => !internal).map(({ address }) => address.replace(/%.*/, "")));

const failureOf = (command: string, args: string[]): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(command, args, { timeout: 5000 }, (error, _stdout, stderr) => resolve(error === null ? undefined : stderr.trim().replace(/^unshare: /, "") || error.message.split("\n")[0]));
  });
