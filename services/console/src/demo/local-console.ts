import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApp } from "../app.ts";
import { createMailListener } from "../receivers/mail.ts";
import { readSettings, type Settings } from "../settings.ts";
import { createStores, type Stores } from "../stores.ts";

export type LocalConsole = { url: string; smtpPort: number; stores: Stores; stop(): Promise<void> };

/** A console on free ports in this process, for tests. Prometheus and Alertmanager are where nothing listens unless given. */
export async function startLocalConsole(given: Partial<Settings> = {}): Promise<LocalConsole> {
  // Nothing listens there, and fetch does not refuse it as it does most low ports.
  const nowhere = "http://127.0.0.1:2";
  const settings = { ...readSettings({ PORT: "0", SMTP_PORT: "0", PROMETHEUS_URL: nowhere, ALERTMANAGER_URL: nowhere }), ...given };
  const stores = createStores();
  const server = createServer(createApp(settings, stores));
  const mail = createMailListener(stores.inbox);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  await new Promise<void>((done) => {
    mail.server.once("listening", done);
    mail.listen(0, "127.0.0.1");
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    smtpPort: (mail.server.address() as AddressInfo).port,
    stores,
    async stop() {
      stores.inbox.endStreams();
      server.closeAllConnections();
      await Promise.all([new Promise((done) => server.close(done)), mail.close()]);
    },
  };
}
