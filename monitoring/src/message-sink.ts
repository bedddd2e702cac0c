import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";

/** A message as it left Alertmanager. `body`: parsed JSON of Slack and PagerDuty; the raw text of an e-mail. */
export type Message = { kind: "slack" | "pagerduty"; body: Record<string, unknown> } | { kind: "email"; body: string };

/** What stands in for Slack, PagerDuty and a mail server in tests: takes everything, keeps it in `messages` in the order it came. */
export type MessageSink = { messages: Message[]; httpUrl: string; smtpAddress: string; close(): Promise<void> };

/** Starts a sink on two free loopback ports: POST /slack and /pagerduty, and SMTP without TLS or login. */
export async function startMessageSink(): Promise<MessageSink> {
  const messages: Message[] = [];
  const sockets = new Set<Socket>();
  const http = createHttpServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    messages.push({ kind: request.url === "/pagerduty" ? "pagerduty" : "slack", body });
    // PagerDuty answers 202, Slack the text "ok".
    response.writeHead(request.url === "/pagerduty" ? 202 : 200).end("ok");
  });
  const smtp = createTcpServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    receiveMail(socket, (body) => messages.push({ kind: "email", body }));
  });
  const httpPort = await listen(http);
  const smtpPort = await listen(smtp);
  return {
    messages,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    smtpAddress: `127.0.0.1:${smtpPort}`,
    async close() {
      http.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await Promise.all([http, smtp].map((server) => new Promise((done) => server.close(done))));
    },
  };
}

/** The few SMTP commands a sending client needs (RFC 5321, 4.5.1). */
function receiveMail(socket: Socket, deliver: (body: string) => void): void {
  let buffer = "";
  let inData = false;
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.write("220 sink\r\n");
  socket.on("data", (chunk: string) => {
    buffer += chunk;
    for (;;) {
      const end = inData ? "\r\n.\r\n" : "\r\n";
      const at = buffer.indexOf(end);
      if (at < 0) return;
      const piece = buffer.slice(0, at);
      buffer = buffer.slice(at + end.length);
      if (inData) {
        inData = false;
        deliver(piece);
        socket.write("250 kept\r\n");
      } else if (/^data/i.test(piece)) {
        inData = true;
        socket.write("354 go on\r\n");
      } else if (/^quit/i.test(piece)) socket.end("221 bye\r\n");
      else socket.write("250 ok\r\n");
    }
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", () => done()));
  return (server.address() as AddressInfo).port;
}
