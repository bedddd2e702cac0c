/** What a path that no template matches is called; one name, so that metrics stay few. */
export const unmatchedRoute = "*";

/**
 * Makes a function from path to route template. `:name` stands for one segment, a final `*` for the rest.
 * A literal segment wins over `:name`, and that over `*`; equals are decided by the order of the list.
 *
 * @example routeMatcher(["/", "/projects/:id"])("/projects/7") // "/projects/:id"
 */
export function routeMatcher(templates: string[]): (path: string) => string {
  const routes = templates.map((template) => ({ template, parts: split(template) })).sort((a, b) => compare(a.parts, b.parts));
  return (path) => {
    const segments = split(path);
    return routes.find((route) => matches(route.parts, segments))?.template ?? unmatchedRoute;
  };
}

function split(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function matches(parts: string[], segments: string[]): boolean {
  const open = parts.at(-1) === "*";
  if (open ? segments.length < parts.length - 1 : segments.length !== parts.length) return false;
  return parts.every((part, index) => (open && index === parts.length - 1) || part.startsWith(":") || part === segments[index]);
}

/** Most specific first: position by position, literal < parameter < rest; the sort is stable. */
function compare(a: string[], b: string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = rank(a[index]!) - rank(b[index]!);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}

function rank(part: string): number {
  if (part === "*") return 2;
  return part.startsWith(":") ? 1 : 0;
}
