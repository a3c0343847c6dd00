/*
 * The floor for compression: kdb+'s algorithm as a plain C loop, one byte at a time, straight from its description
 * (protocol/compress.ts). Reads a plain message from a file; prints the milliseconds of compressing it and of
 * uncompressing that, and the compressed size.
 *
 *     compression_floor FILE ROUNDS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t compress(const uint8_t *in, size_t total, uint8_t *out) {
  uint32_t slot[256] = {0}, pending = 0;
  size_t limit = total / 2, s = 8, o = 12, control = 0;
  int pending_hash = 0, bit = 256;
  while (s < total) {
    if (bit == 256) {
      if (o + 17 > limit) return 0;
      control = o++;
      out[control] = 0;
      bit = 1;
    }
    int hashed = s + 3 <= total;
    int hash = hashed ? in[s] ^ in[s + 1] : 0;
    uint32_t p = hashed ? slot[hash] : 0;
    int match = p && in[p] == in[s];
    if (pending) slot[pending_hash] = pending;
    pending = 0;
    if (match) {
      slot[hash] = (uint32_t)s;
      out[control] |= (uint8_t)bit;
      p += 2;
      s += 2;
      size_t start = s, stop = s + 255 < total ? s + 255 : total;
      while (s < stop && in[p] == in[s]) {
        p++;
        s++;
      }
      out[o++] = (uint8_t)hash;
      out[o++] = (uint8_t)(s - start);
    } else {
      if (hashed) {
        pending = (uint32_t)s;
        pending_hash = hash;
      }
      out[o++] = in[s++];
    }
    bit <<= 1;
  }
  return o;
}

static int uncompress(const uint8_t *in, size_t length, uint8_t *out, size_t size) {
  uint32_t slot[256] = {0};
  size_t t = 12, s = 8, p = 8;
  int bit = 256, flags = 0;
  while (s < size) {
    if (bit == 256) {
      if (t >= length) return 0;
      flags = in[t++];
      bit = 1;
    }
    size_t n = 0;
    if (flags & bit) {
      if (t + 2 > length) return 0;
      size_t r = slot[in[t++]];
      n = in[t++];
      if (r < 8 || s + 2 + n > size) return 0;
      out[s++] = out[r++];
      out[s++] = out[r++];
      for (size_t i = 0; i < n; i++) out[s + i] = out[r + i];
    } else {
      if (t >= length) return 0;
      out[s++] = in[t++];
    }
    for (; p + 1 < s; p++) slot[out[p] ^ out[p + 1]] = (uint32_t)p;
    if (flags & bit) {
      s += n;
      p = s;
    }
    bit <<= 1;
  }
  return 1;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 2;
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  uint8_t *plain = malloc(size);
  if (!plain || fread(plain, 1, size, file) != size) return 2;
  for (int rounds = atoi(argv[2]); rounds > 0; rounds--) {
    /* fresh memory each time, as a server needs it for each message */
    uint8_t *packed = malloc(size / 2), *again = malloc(size);
    if (!packed || !again) return 2;
    double start = now();
    size_t length = compress(plain, size, packed);
    double middle = now();
    memcpy(again, plain, 8);
    int ok = length && uncompress(packed, length, again, size);
    double end = now();
    if (!ok || memcmp(plain + 8, again + 8, size - 8) != 0) return 1;
    printf("%.3f %.3f %zu\n", middle - start, end - middle, length);
    free(packed);
    free(again);
  }
  return 0;
}
