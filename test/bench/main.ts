// npm run bench -- <name> [arguments]: figures for people to read; nothing here passes or fails.
const name = process.argv[2] ?? "";
const benches: Record<string, () => Promise<{ run: (args: string[]) => Promise<void> }>> = {
  bridge: async () => await import("./bridge.ts"),
  capacity: async () => await import("./capacity.ts"),
  "dashboard-queries": async () => await import("./dashboard-queries.ts"),
  dashboards: async () => await import("./dashboards.ts"),
  preload: async () => await import("./preload.ts"),
  rules: async () => await import("./rules.ts"),
  stack: async () => await import("./stack.ts"),
};

const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`npm run bench -- <name>: no benchmark named "${name}"; there is: ${Object.keys(benches).join(", ")}\n`);
  process.exitCode = 1;
} else {
  await (await bench()).run(process.argv.slice(3));
}
