/** Whose code a frame is, for Sentry's grouping: the application's own, or that of a runtime or dependency. One row per language. */
export type Language = "javascript" | "python" | "java" | "go" | "rust" | "ruby" | "php" | "dotnet" | "elixir";

interface Rule {
  /** Names (module, or function where names are whole paths) that are not the application's. */
  names?: RegExp;
  /** Files that are not. */
  paths?: RegExp;
}

const FOREIGN: Record<Language, Rule> = {
  javascript: { paths: /[\\/]node_modules[\\/]|^[a-z-]*extension:/i },
  python: { paths: /[\\/](?:site-packages|dist-packages)[\\/]|[\\/]lib[\\/]python\d|[\\/]Lib[\\/]|^</ },
  java: {
    names:
      /^(?:java|javax|jdk|sun|com\.sun|jakarta|kotlin|kotlinx|scala|groovy|clojure|android|androidx|dalvik|com\.android|org\.(?:springframework|apache|hibernate|eclipse|jboss|junit|codehaus|aspectj|slf4j|postgresql|reactivestreams|glassfish|xnio|_?COROUTINE)|io\.(?:netty|undertow|opentelemetry|micronaut|quarkus|vertx|grpc|micrometer|reactivex|projectreactor|ktor|sentry)|reactor|rx|akka|play|zio|cats|com\.(?:fasterxml|zaxxer|google\.common|mysql|mongodb)|ch\.qos|_COROUTINE)\./,
  },
  go: {
    names:
      /^(?:archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors|expvar|flag|fmt|go|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|structs|sync|syscall|testing|text|time|unicode|unique|unsafe|weak)(?:\/|$)|^(?:go\.opentelemetry\.io|golang\.org\/x|google\.golang\.org)\//,
    paths: /\/pkg\/mod\/|\/vendor\/|@v\d/,
  },
  rust: {
    names:
      /^<*(?:&?(?:mut |dyn )?)*(?:std|core|alloc|proc_macro|test|backtrace|tokio|futures\w*|hyper|tower\w*|axum|actix\w*|rayon\w*|tracing\w*|opentelemetry\w*|anyhow|eyre|crossbeam\w*|mio)(?:::|\b)|^(?:_?_?rust_|__rustc|__rust|_start|__libc|start_thread|clone|main$|rust_eh)/,
    paths: /^\/rustc\/|[\\/]\.cargo[\\/]|[\\/]registry[\\/]src[\\/]|[\\/]library[\\/](?:std|core|alloc)[\\/]/,
  },
  ruby: { paths: /[\\/]gems[\\/]|[\\/]lib(?:64)?[\\/]ruby[\\/]|[\\/]rubygems[\\/]|[\\/]vendor[\\/]|^<|[\\/]bin[\\/](?:bundle|rails|rake|puma|ruby)/ },
  php: { names: /^(?:Symfony|Illuminate|OpenTelemetry|GuzzleHttp|Doctrine|Psr|Composer|Monolog|Twig|Laravel|Slim|PHPUnit|Laminas|Nette|Ramsey|Carbon)\\/, paths: /[\\/]vendor[\\/]|^\[internal/ },
  dotnet: {
    names: /^(?:System|Microsoft|Windows|Mono|MS|Interop|NUnit|Xunit|Npgsql|Newtonsoft|Grpc|OpenTelemetry|Serilog|NLog|Castle|Autofac|MediatR|Polly|Dapper|MySql|StackExchange|RabbitMQ|FSharp)\./,
  },
  elixir: {
    names:
      /^(?:elixir|stdlib|kernel|erts|logger|mix|iex|ex_unit|eex|phoenix\w*|plug\w*|ecto\w*|cowboy\w*|ranch|bandit|thousand_island|db_connection|postgrex|telemetry\w*|opentelemetry\w*|gen_stage|broadway|oban|absinthe\w*|finch|mint|tesla|jason)$/,
  },
};

/** @param name what the language's names are matched against: module, package, crate path or OTP application */
export function isInApp(language: Language, name: string, path: string): boolean {
  const { names, paths } = FOREIGN[language];
  return !(names?.test(name) ?? false) && !(paths?.test(path) ?? false);
}

/** Prefixes that a user names: of a module or function (`com.example`, `main`), or with a slash, a part of a path (`/vendored/`). */
export interface InAppRules {
  include: readonly string[];
  exclude: readonly string[];
}

export const NO_RULES: InAppRules = { include: [], exclude: [] };

/** The user's rules over the language's: what is included is the application's, else what is excluded is not. */
export function decideInApp(rules: InAppRules, frame: { in_app: boolean; module?: string; function: string; filename: string; abs_path?: string }): boolean {
  const matches = (entry: string): boolean =>
    /[\\/]/.test(entry) && `${frame.abs_path ?? frame.filename}`.includes(entry) ? true : hasPrefix(frame.module ?? "", entry) || hasPrefix(frame.function, entry);
  if (rules.include.some(matches)) return true;
  return rules.exclude.some(matches) ? false : frame.in_app;
}

/** `com.example` is a prefix of `com.example.Foo` and of itself, not of `com.examples`. */
function hasPrefix(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && (name.length === prefix.length || /[^\w]$/.test(prefix) || /^[^\w]/.test(name.slice(prefix.length)));
}
