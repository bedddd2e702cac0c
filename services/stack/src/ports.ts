import { suggestion } from "./nearest.ts";
import { UserError } from "./user-error.ts";

/** Every port of the stack by the name that `--port name=n` and HELLOAGENTS_PORT_NAME use. All of them listen on loopback. */
export const defaultPorts = {
  frontend: 5173,
  backend: 8000,
  console: 3000,
  "console-smtp": 3025,
  prometheus: 9090,
  alertmanager: 9093,
  "otlp-grpc": 4317,
  "otlp-http": 4318,
  "collector-metrics": 8888,
  "collector-health": 13133,
  "sentry-bridge": 4328,
  postgres: 5432,
  assistant: 8090,
  "backend-metrics": 9464,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Record<PortName, number>;
export const portNames = Object.keys(defaultPorts) as PortName[];

/** The environment variable that sets a port. */
export const portVariable = (name: PortName): string => `HELLOAGENTS_PORT_${name.toUpperCase().replaceAll("-", "_")}`;

/**
 * The ports in force: defaults, then HELLOAGENTS_PORT_*, then `name=number` arguments.
 * Throws UserError for an unknown name, a bad number, and two parts on one port.
 */
export function readPorts(assignments: readonly string[], env: NodeJS.ProcessEnv): Ports {
  const ports: Ports = { ...defaultPorts };
  const setBy = new Map<PortName, string>();
  const set = (name: PortName, text: string, source: string): void => {
    ports[name] = portNumber(text, source);
    setBy.set(name, source);
  };
  for (const name of portNames) {
    const text = env[portVariable(name)];
    if (text !== undefined && text !== "") set(name, text, portVariable(name));
  }
  for (const assignment of assignments) {
    const [name = "", text] = assignment.split("=", 2);
    if (text === undefined) throw new UserError(`--port ${assignment}: write it as name=number, for example --port backend=8001.`);
    if (!isPortName(name)) throw new UserError(`--port ${assignment}: there is no port named "${name}".${suggestion(name, portNames)}`);
    set(name, text, `--port ${assignment}`);
  }
  refuseDoubles(ports, setBy);
  return ports;
}

function portNumber(text: string, source: string): number {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new UserError(`${source}: "${text}" is no port number (1 to 65535).`);
  return port;
}

function refuseDoubles(ports: Ports, setBy: Map<PortName, string>): void {
  const owners = new Map<number, PortName>();
  for (const name of portNames) {
    const other = owners.get(ports[name]);
    if (other !== undefined) {
      const source = setBy.get(name) ?? setBy.get(other) ?? `--port ${name}=<number>`;
      throw new UserError(`Port ${ports[name]} is given to both ${other} and ${name} (${source}); give one of them another.`);
    }
    owners.set(ports[name], name);
  }
}

function isPortName(name: string): name is PortName {
  return Object.hasOwn(defaultPorts, name);
}
