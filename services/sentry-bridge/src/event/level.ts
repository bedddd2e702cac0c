/** OTel severity numbers (logs data model) to Sentry's levels. */
export function severityLevel(severity: number): string {
  if (severity >= 21) return "fatal";
  if (severity === 0 || severity >= 17) return "error";
  if (severity >= 13) return "warning";
  return severity >= 9 ? "info" : "debug";
}
