/** The programs that are not Node: pinned versions (DESIGN section 4) and where each can come from. */

export type BinaryName = "otelcol" | "prometheus" | "promtool" | "alertmanager" | "amtool";
export type Binaries = Record<BinaryName, string>;

export interface Binary {
  name: BinaryName;
  /** Environment variable that names the file */
  variable: string;
  /** Names on PATH, best first */
  onPath: string[];
}

export interface Component {
  title: string;
  version: string;
  binaries: Binary[];
  /** Why a version found on PATH cannot be used, or undefined when it can. */
  refuses: (version: string) => string | undefined;
  /** Words that `<binary> components` must print, so that a Collector without what the YAML uses is passed over. */
  mustContain?: string[];
  /** Below the base URL (github.com): folder of the release, its archive and its checksum list */
  release: { folder: string; archive: (platform: string, arch: string) => string; checksums: string };
  /** Folder of the pinned Go modules, from the repository's root */
  modules: string;
}

export const components: Component[] = [
  {
    title: "Collector",
    version: "0.155.0",
    binaries: [{ name: "otelcol", variable: "OTELCOL_BIN", onPath: ["otelcol", "otelcol-contrib"] }],
    refuses: (version) => (version.startsWith("0.155.") ? undefined : `version ${version} is not 0.155`),
    mustContain: ["file_storage", "transform", "deltatocumulative", "redaction", "health_check"],
    release: {
      folder: "open-telemetry/opentelemetry-collector-releases/releases/download/v0.155.0",
      archive: (platform, arch) => `otelcol-contrib_0.155.0_${platform}_${arch}.tar.gz`,
      checksums: "opentelemetry-collector-releases_otelcol-contrib_checksums.txt",
    },
    modules: "otel-collector/distribution",
  },
  {
    title: "Prometheus",
    version: "3.16.0",
    binaries: [
      { name: "prometheus", variable: "PROMETHEUS_BIN", onPath: ["prometheus"] },
      { name: "promtool", variable: "PROMTOOL_BIN", onPath: ["promtool"] },
    ],
    refuses: atLeast(3, 16),
    release: {
      folder: "prometheus/prometheus/releases/download/v3.16.0",
      archive: (platform, arch) => `prometheus-3.16.0.${platform}-${arch}.tar.gz`,
      checksums: "sha256sums.txt",
    },
    modules: "services/stack/go/prometheus",
  },
  {
    title: "Alertmanager",
    version: "0.31.1",
    binaries: [
      { name: "alertmanager", variable: "ALERTMANAGER_BIN", onPath: ["alertmanager"] },
      { name: "amtool", variable: "AMTOOL_BIN", onPath: ["amtool"] },
    ],
    refuses: atLeast(0, 31),
    release: {
      folder: "prometheus/alertmanager/releases/download/v0.31.1",
      archive: (platform, arch) => `alertmanager-0.31.1.${platform}-${arch}.tar.gz`,
      checksums: "sha256sums.txt",
    },
    modules: "services/stack/go/alertmanager",
  },
];

/** Accepts the same major version from the given minor on. */
function atLeast(major: number, minor: number): (version: string) => string | undefined {
  return (version) => {
    const [foundMajor = 0, foundMinor = 0] = version.split(".").map(Number);
    return foundMajor === major && foundMinor >= minor ? undefined : `version ${version} is not ${major}.${minor} or a later ${major}.x`;
  };
}
