/**
 * Who may connect: q's password file, `user:password` one per line, where the password is plain text, or the md5
 * (32 hexadecimal digits) or sha1 (40) of it.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { OptionError } from "../errors.js";
import { fingerprint } from "./fingerprint.js";

type Kind = "plain" | "md5" | "sha1";

interface Secret {
  readonly kind: Kind;
  readonly digest: Buffer;
}

const KIND_OF_HEX: Readonly<Record<number, Kind>> = { 32: "md5", 40: "sha1" };

/**
 * A password file. A check costs the same whether the user is unknown, the password wrong or both right: every kind of
 * digest that the file uses is computed and compared each time.
 */
export class PasswordFile {
  /** Plain passwords are kept, and compared, only as keyed digests. */
  readonly #key = randomBytes(32);
  readonly #kinds = new Set<Kind>();
  readonly #secrets = new Map<string, Secret>();
  readonly #nobody: Record<Kind, Buffer> = {
    plain: randomBytes(32),
    md5: randomBytes(16),
    sha1: randomBytes(20),
  };

  /** @param contents the file's bytes */
  constructor(contents: Uint8Array) {
    // latin1 keeps every byte, whatever the encoding; names and passwords are compared as bytes.
    const lines = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength)
      .toString("latin1")
      .split(/\r?\n/);
    for (const [index, line] of lines.entries()) {
      if (line === "") continue;
      const colon = line.indexOf(":");
      if (colon < 0) throw new OptionError(`password file: line ${index + 1} is not user:password`);
      this.#add(line.slice(0, colon), line.slice(colon + 1));
    }
  }

  /** How many users the file has. */
  get count(): number {
    return this.#secrets.size;
  }

  #add(user: string, password: string): void {
    const kind = (/^[0-9a-fA-F]+$/.test(password) && KIND_OF_HEX[password.length]) || "plain";
    const digest =
      kind === "plain" ? this.#digest(kind, Buffer.from(password, "latin1")) : Buffer.from(password, "hex");
    this.#kinds.add(kind);
    this.#secrets.set(user, { kind, digest });
  }

  #digest(kind: Kind, password: Uint8Array): Buffer {
    if (kind === "plain") return createHmac("sha256", this.#key).update(password).digest();
    return createHash(kind).update(password).digest();
  }

  /** @param user, password as the peer sent them, bytes */
  allows(user: Uint8Array, password: Uint8Array): boolean {
    const secret = this.#secrets.get(Buffer.from(user).toString("latin1"));
    let allowed = false;
    for (const kind of this.#kinds) {
      const mine = secret?.kind === kind;
      const wanted = mine ? secret.digest : this.#nobody[kind];
      const same = timingSafeEqual(this.#digest(kind, password), wanted);
      allowed = (same && mine) || allowed;
    }
    return allowed;
  }
}

/** The access rule of a running server: everyone, or whom the password file names. It can be read again (SIGHUP). */
export class Access {
  #print = "";
  #file: PasswordFile | undefined;

  /** @param path password file; without one everybody may connect */
  constructor(private readonly path: string | undefined) {
    this.reload();
  }

  /**
   * Reads the file again. When that fails it throws an OptionError and the former table stays in force.
   * @returns whether it says anything else than before
   */
  reload(): boolean {
    if (this.path === undefined) return false;
    let contents: Uint8Array;
    try {
      contents = readFileSync(this.path);
    } catch (error) {
      throw new OptionError(`password file ${this.path}: ${(error as Error).message}`);
    }
    const print = fingerprint(contents);
    if (print === this.#print) return false;
    this.#file = new PasswordFile(contents);
    this.#print = print;
    return true;
  }

  allows(user: Uint8Array, password: Uint8Array): boolean {
    return this.#file === undefined || this.#file.allows(user, password);
  }
}
