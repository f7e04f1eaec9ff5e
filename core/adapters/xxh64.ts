// xxHash specification, doc/xxhash_spec.md of Cyan4973/xxHash, XXH64
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const STRIPE_BYTES = 32;

/** XXH64 with seed 0 of bytes that come in pieces: zstd's checksum, which fzstd does not check. */
export class Xxh64 {
  readonly #lanes = [u64(P1 + P2), P2, 0n, u64(-P1)];
  readonly #stripe = new Uint8Array(STRIPE_BYTES);
  #filled = 0;
  #sizeBytes = 0;

  /** Adds bytes. */
  update(bytes: Uint8Array): void {
    this.#sizeBytes += bytes.length;
    let place = 0;
    if (this.#filled > 0) {
      place = Math.min(STRIPE_BYTES - this.#filled, bytes.length);
      this.#stripe.set(bytes.subarray(0, place), this.#filled);
      this.#filled += place;
      if (this.#filled < STRIPE_BYTES) return;
      this.#consume(this.#stripe);
    }
    const rest = bytes.subarray(place);
    const whole = rest.length - rest.length % STRIPE_BYTES;
    this.#consume(rest.subarray(0, whole));
    this.#stripe.set(rest.subarray(whole));
    this.#filled = rest.length - whole;
  }

  /** Returns the digest of all bytes so far, a whole number below 2^64. */
  digest(): bigint {
    const [a = 0n, b = 0n, c = 0n, d = 0n] = this.#lanes;
    let sum = P5;
    if (this.#sizeBytes >= STRIPE_BYTES) {
      sum = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
      for (const lane of [a, b, c, d]) sum = u64((sum ^ round(0n, lane)) * P1 + P4);
    }
    sum = u64(sum + BigInt(this.#sizeBytes));
    const view = new DataView(this.#stripe.buffer);
    let place = 0;
    for (; place + 8 <= this.#filled; place += 8) {
      sum = u64(rotate(sum ^ round(0n, view.getBigUint64(place, true)), 27n) * P1 + P4);
    }
    if (place + 4 <= this.#filled) {
      sum = u64(rotate(sum ^ u64(BigInt(view.getUint32(place, true)) * P1), 23n) * P2 + P3);
      place += 4;
    }
    for (; place < this.#filled; place++) {
      sum = u64(rotate(sum ^ u64(BigInt(view.getUint8(place)) * P5), 11n) * P1);
    }
    sum = u64((sum ^ (sum >> 33n)) * P2);
    sum = u64((sum ^ (sum >> 29n)) * P3);
    return sum ^ (sum >> 32n);
  }

  #consume(stripes: Uint8Array): void {
    const view = new DataView(stripes.buffer, stripes.byteOffset, stripes.length);
    let [a = 0n, b = 0n, c = 0n, d = 0n] = this.#lanes;
    for (let place = 0; place < stripes.length; place += STRIPE_BYTES) {
      a = round(a, view.getBigUint64(place, true));
      b = round(b, view.getBigUint64(place + 8, true));
      c = round(c, view.getBigUint64(place + 16, true));
      d = round(d, view.getBigUint64(place + 24, true));
    }
    this.#lanes.splice(0, 4, a, b, c, d);
  }
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, bits: bigint): bigint {
  return u64((value << bits) | (value >> (64n - bits)));
}

function round(lane: bigint, input: bigint): bigint {
  return u64(rotate(u64(lane + input * P2), 31n) * P1);
}
