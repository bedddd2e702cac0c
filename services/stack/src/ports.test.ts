import { expect, test } from "vitest";
import { defaultPorts, readPorts } from "./ports.ts";

test("an argument wins over the environment, which wins over the default", () => {
  const ports = readPorts(["backend=8001"], { HELLOAGENTS_PORT_BACKEND: "8002", HELLOAGENTS_PORT_OTLP_HTTP: "14318" });
  expect(ports).toEqual({ ...defaultPorts, backend: 8001, "otlp-http": 14_318 });
});

test.each([
  [["bakend=1"], {}, /bakend.*Did you mean backend\?/],
  [["backend"], {}, /--port backend: write it as name=number/],
  [["backend=80a"], {}, /--port backend=80a: "80a" is no port number/],
  [["backend=70000"], {}, /"70000" is no port number/],
  [["backend=0"], {}, /"0" is no port number/],
  [[], { HELLOAGENTS_PORT_CONSOLE: "x" }, /HELLOAGENTS_PORT_CONSOLE: "x" is no port number/],
  [["backend=9090"], {}, /9090 is given to both backend and prometheus/],
])("%j %j is refused in one line", (args, env, message) => {
  expect(() => readPorts(args, env)).toThrow(message);
});
