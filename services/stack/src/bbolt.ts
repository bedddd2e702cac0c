import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * Says what is wrong with a bbolt database (the Collector's queue files), or undefined when its structure is whole.
 * Reads what can be reached from the newest valid meta page; layout as in go.etcd.io/bbolt/internal/common (meta.go, page.go, bucket.go).
 */
export function bboltDamage(file: string): string | undefined {
  const descriptor = openSync(file, "r");
  try {
    return damageOf(descriptor, fstatSync(descriptor).size);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    closeSync(descriptor);
  }
}

const magic = 0xed0cdaed;
const page = { branch: 0x01, leaf: 0x02, meta: 0x04 };
const header_bytes = 16;
/** More pages than this are not walked: the check must not hold up a restart. */
const maxPages = 200_000;

interface Meta {
  pageSize: number;
  root: number;
  highWater: number;
  transaction: bigint;
}

function damageOf(descriptor: number, size: number): string | undefined {
  const first = readMeta(descriptor, 0);
  const second = readMeta(descriptor, first?.pageSize ?? 4096);
  const metas = [first, second].filter((meta) => meta !== undefined).sort((a, b) => (a.transaction < b.transaction ? 1 : -1));
  const meta = metas[0];
  if (meta === undefined) return "no valid head";
  if (meta.highWater * meta.pageSize > size) return `cut off: ${size} of ${meta.highWater * meta.pageSize} bytes`;
  const open = [meta.root];
  for (let walked = 0; open.length > 0 && walked < maxPages; walked++) {
    const id = open.pop() ?? 0;
    if (id >= meta.highWater) return `page ${id} is beyond the end`;
    open.push(...childrenOf(descriptor, id, meta));
  }
  return undefined;
}

/** meta.go: magic u32, version u32, pageSize u32, flags u32, root (pgid, sequence), freelist pgid, high water pgid, txid, checksum (FNV-1a 64). */
function readMeta(descriptor: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(80);
  if (readSync(descriptor, bytes, 0, 80, at) < 80) return undefined;
  const meta = bytes.subarray(header_bytes);
  if (meta.readUInt32LE(0) !== magic || fnv1a(meta.subarray(0, 56)) !== meta.readBigUInt64LE(56)) return undefined;
  return { pageSize: meta.readUInt32LE(8), root: Number(meta.readBigUInt64LE(16)), highWater: Number(meta.readBigUInt64LE(40)), transaction: meta.readBigUInt64LE(48) };
}

/** page.go: id u64, flags u16, count u16, overflow u32, then the elements. Throws when the page is none. */
function childrenOf(descriptor: number, id: number, { pageSize }: Meta): number[] {
  const head = Buffer.alloc(header_bytes);
  readSync(descriptor, head, 0, header_bytes, id * pageSize);
  const flags = head.readUInt16LE(8);
  const count = head.readUInt16LE(10);
  const overflow = head.readUInt32LE(12);
  if (head.readBigUInt64LE(0) !== BigInt(id) || (flags !== page.branch && flags !== page.leaf) || overflow > 1_000_000) throw new Error(`page ${id} is damaged`);
  const bytes = Buffer.alloc(pageSize * (overflow + 1));
  readSync(descriptor, bytes, 0, bytes.length, id * pageSize);
  const elements = Array.from({ length: count }, (_, index) => header_bytes + index * 16);
  try {
    return flags === page.branch ? elements.map((at) => Number(bytes.readBigUInt64LE(at + 8))) : elements.flatMap((at) => bucketRoot(bytes, at));
  } catch (error) {
    throw new Error(`page ${id} is damaged`, { cause: error });
  }
}

/** A leaf element (flags, pos, ksize, vsize; u32 each) with flag 1 is a bucket: its value begins with its root page, 0 when it is inline. */
function bucketRoot(bytes: Buffer, at: number): number[] {
  const start = at + bytes.readUInt32LE(at + 4);
  const value = start + bytes.readUInt32LE(at + 8);
  if (value + bytes.readUInt32LE(at + 12) > bytes.length) throw new Error("an element leaves its page");
  if ((bytes.readUInt32LE(at) & 1) === 0) return [];
  const root = Number(bytes.readBigUInt64LE(value));
  return root === 0 ? [] : [root];
}

function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
