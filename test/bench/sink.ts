// A server that takes everything at once: a process of its own beside what is measured, so that its work is not counted.
// Every path is answered, but for those of /api/2/, which never are. Prints its port.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (request.url?.startsWith("/api/2/")) return;
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" && address !== null ? address.port : "");
});
