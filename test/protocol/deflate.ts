/** A slow compressor, step by step as the algorithm is described, to compare the production one with. */
export function slowCompress(message: Uint8Array): Uint8Array | undefined {
  const m = [...message];
  if (m.length <= 2000) return undefined;
  const limit = Math.floor(m.length / 2);
  const size = (n: number) => {
    const little = [n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255];
    return m[0] === 1 ? little : little.reverse();
  };
  const out = [m[0]!, m[1]!, 1, m[3]!, 0, 0, 0, 0, ...size(m.length)];
  const latest = new Map<number, number>();
  let late: [hash: number, position: number] | undefined;
  for (let at = 8; at < m.length; ) {
    if (out.length > limit - 17) return undefined;
    const control = out.push(0) - 1;
    for (let item = 0; item < 8 && at < m.length; item++) {
      const hashed = at <= m.length - 3;
      const hash = m[at]! ^ m[at + 1]!;
      const source = hashed ? latest.get(hash) : undefined;
      const found = source !== undefined && m[source] === m[at];
      if (late !== undefined) latest.set(...late);
      late = undefined;
      if (found) {
        latest.set(hash, at);
        out[control]! |= 1 << item;
        let n = 0;
        at += 2;
        while (n < 255 && at + n < m.length && m[source + 2 + n] === m[at + n]) n++;
        out.push(hash, n);
        at += n;
      } else {
        if (hashed) late = [hash, at];
        out.push(m[at]!);
        at++;
      }
    }
  }
  out.splice(4, 4, ...size(out.length));
  return Uint8Array.from(out);
}
