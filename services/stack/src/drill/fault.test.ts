import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { drills } from "./drills.ts";
import { startFault } from "./fault.ts";
import type { Places } from "./places.ts";

const drill = drills["HighMemoryUsage"]![0]!;

/** A backend that takes every fault. `MB`: what it says it uses and may use. */
async function backendWith(MB: { used: number; limit: number } | undefined): Promise<{ places: Places; asked: string[] }> {
  const asked: string[] = [];
  const page = MB === undefined ? "# No metrics\n" : sample("process_memory_usage", MB.used) + sample("process_memory_limit", MB.limit);
  const server = createServer(async (request, response) => {
    const body = (await Array.fromAsync(request)).join("");
    if (request.url !== "/metrics") asked.push(`${request.method} ${request.url} ${body}`.trim());
    response.end(request.url === "/metrics" ? page : "{}");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const backend = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { places: { backend, prometheus: "", alertmanager: "", console: "" }, asked };
}

test.each([
  [{ used: 170, limit: 512 }, 291],
  [{ used: 100.5, limit: 256 }, 130],
  [{ used: 480, limit: 512 }, 1],
])("memory is filled up to 90% of the limit: %j", async (MB, amount) => {
  const { places, asked } = await backendWith(MB);
  const fault = await startFault(places, drill);
  expect(fault.amount).toBe(amount);
  await fault.end();
  expect(asked).toEqual([`PUT /faults/memory {"amount":${amount},"seconds":30}`, "DELETE /faults/memory"]);
});

test.each([
  [{ used: 200, limit: 16_384 }, /^the backend may use 16384 MB, so 14546 MB would .* 1536 MB at most\. Start the stack with a smaller HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES/],
  [undefined, /^http:.*\/metrics does not tell how much memory .*OTEL_SDK_DISABLED/],
])("a whole machine is not filled, nor what is not known: %j", async (MB, words) => {
  const { places, asked } = await backendWith(MB);
  await expect(startFault(places, drill)).rejects.toThrow(words);
  expect(asked).toEqual([]);
});

/** As the preload's Prometheus exporter writes it. */
function sample(metric: string, megabytes: number): string {
  return `# TYPE ${metric} gauge\n${metric}{otel_scope_name="@helloagents/telemetry-node"} ${megabytes * 2 ** 20}\n`;
}
