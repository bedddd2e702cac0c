import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApp } from "./app.ts";
import { createMailListener } from "./receivers/mail.ts";
import { readSettings, SettingError } from "./settings.ts";
import { createStores } from "./stores.ts";

/** Time that open requests get to end after a signal; live streams are cut at once. */
const END_TIMEOUT_MS = 3_000;

/** Receives and serves until a signal ends the process. Throws {@link SettingError} when a setting or a port cannot be used. */
export async function serve(): Promise<void> {
  const settings = readSettings(process.env);
  const stores = createStores();
  const server = createServer(createApp(settings, stores));
  // A slow sender must not hold a connection for minutes.
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  const mail = createMailListener(stores.inbox);

  await listening(server, () => server.listen(settings.port, settings.host), settings.host, settings.port, "PORT");
  await listening(mail.server, () => mail.listen(settings.smtpPort, settings.host), settings.host, settings.smtpPort, "SMTP_PORT");
  // From here on a broken connection must not end the process.
  mail.server.on("error", (error: Error) => console.error(`console: mail listener: ${error.message}`));

  const web = (server.address() as AddressInfo).port;
  const smtp = (mail.server.address() as AddressInfo).port;
  const host = settings.host.includes(":") ? `[${settings.host}]` : settings.host;
  console.log(`console listening on http://${host}:${web} (mail on smtp://${host}:${smtp})`);

  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    stores.inbox.endStreams();
    const force = setTimeout(() => server.closeAllConnections(), END_TIMEOUT_MS);
    force.unref();
    setTimeout(() => process.exit(0), END_TIMEOUT_MS + 500).unref();
    void Promise.all([new Promise((done) => server.close(done)), mail.close()]).then(() => process.exit(0));
    server.closeIdleConnections();
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

type Listener = {
  once(event: "error" | "listening", listener: (error: NodeJS.ErrnoException) => void): unknown;
  off(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
};

/** Resolves when the listener has its port; a taken or forbidden one is a {@link SettingError} that names it. */
function listening(listener: Listener, start: () => void, host: string, port: number, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `port ${port} on ${host} is taken: stop what uses it, or choose another with ${setting}`,
        EACCES: `port ${port} on ${host} is not allowed for this user: choose another with ${setting}`,
        EADDRNOTAVAIL: `HOST=${host} is not an address of this machine`,
      };
      reject(new SettingError(reasons[error.code ?? ""] ?? `cannot listen on ${host}:${port} (${setting}): ${error.message}`));
    };
    listener.once("error", failed);
    listener.once("listening", () => {
      listener.off("error", failed);
      resolve();
    });
    start();
  });
}
