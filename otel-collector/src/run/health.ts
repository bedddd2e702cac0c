/** Whether a GET is answered with success. `node:http` is loaded when it is asked: with it comes all that `fetch` needs, 15 MB for good. */
export async function answers(url: string): Promise<boolean> {
  const { get } = await import("node:http");
  return await new Promise((resolve) => {
    const asking = get(url, { agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asking.once("timeout", () => asking.destroy()).once("error", () => resolve(false));
  });
}
