/** A request that is answered with an error. `retryable` ones are 503: the Collector then keeps the data and comes again. */
export class HttpError extends Error {
  override name = "HttpError";
  readonly status: 400 | 404 | 405 | 413 | 415 | 503;
  readonly retryAfterSeconds: number | undefined;
  constructor(status: HttpError["status"], message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
