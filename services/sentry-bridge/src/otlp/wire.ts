import { MalformedError } from "./model.ts";

/** Wire types of protobuf (protobuf.dev/programming-guides/encoding). Groups (3, 4) are not used by OTLP. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** A place in a buffer. All readers below move `at` forward and never beyond `end`. */
export interface Cursor {
  readonly buffer: Buffer;
  at: number;
}

/** One varint as a number; exact up to 2^53, beyond that use {@link readInt64}. */
export function readVarint(cursor: Cursor, end: number): number {
  const { buffer } = cursor;
  let at = cursor.at;
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    if (at >= end) throw cut("varint", cursor.at);
    const byte = buffer[at++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      cursor.at = at;
      return value;
    }
    scale *= 128;
  }
  throw new MalformedError(`protobuf: varint longer than 10 bytes at byte ${cursor.at}`);
}

/** A signed 64-bit varint: a number where it is exact, else its decimal text. */
export function readInt64(cursor: Cursor, end: number): number | string {
  const { buffer } = cursor;
  let value = 0n;
  let shift = 0n;
  const start = cursor.at;
  const small = smallVarint(cursor, end);
  if (small >= 0) return small;
  for (let i = 0; i < 10; i++) {
    if (cursor.at >= end) throw cut("varint", start);
    const byte = buffer[cursor.at++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      const signed = BigInt.asIntN(64, value);
      const number = Number(signed);
      return Number.isSafeInteger(number) ? number : signed.toString();
    }
    shift += 7n;
  }
  throw new MalformedError(`protobuf: varint longer than 10 bytes at byte ${start}`);
}

/** The common case without BigInt: up to four bytes. -1, and nothing read, when it is longer. */
function smallVarint(cursor: Cursor, end: number): number {
  const { buffer } = cursor;
  let value = 0;
  for (let i = 0; i < 4 && cursor.at + i < end; i++) {
    const byte = buffer[cursor.at + i]!;
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      cursor.at += i + 1;
      return value;
    }
  }
  return -1;
}

export function readFixed64(cursor: Cursor, end: number): bigint {
  if (end - cursor.at < 8) throw cut("fixed64", cursor.at);
  const value = cursor.buffer.readBigUInt64LE(cursor.at);
  cursor.at += 8;
  return value;
}

export function readDouble(cursor: Cursor, end: number): number {
  if (end - cursor.at < 8) throw cut("double", cursor.at);
  const value = cursor.buffer.readDoubleLE(cursor.at);
  cursor.at += 8;
  return value;
}

/** Reads a length and returns where the field it announces ends; the cursor stands at its first byte. */
export function readLength(cursor: Cursor, end: number): number {
  const start = cursor.at;
  const length = readVarint(cursor, end);
  if (length > end - cursor.at) throw new MalformedError(`protobuf: field at byte ${start} says ${length} bytes, ${end - cursor.at} are left`);
  return cursor.at + length;
}

/** Passes over a field of any wire type: this is how unknown fields are skipped. */
export function skipField(cursor: Cursor, wireType: number, end: number): void {
  if (wireType === VARINT) readVarint(cursor, end);
  else if (wireType === BYTES) cursor.at = readLength(cursor, end);
  else if (wireType === FIXED64 || wireType === FIXED32) {
    const size = wireType === FIXED64 ? 8 : 4;
    if (end - cursor.at < size) throw cut(`fixed${size * 8}`, cursor.at);
    cursor.at += size;
  } else throw new MalformedError(`protobuf: unsupported wire type ${wireType} at byte ${cursor.at}`);
}

function cut(what: string, at: number): MalformedError {
  return new MalformedError(`protobuf: ${what} at byte ${at} is cut off`);
}
