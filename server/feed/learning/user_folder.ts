/** Folders of users below the data folder. */
import { createHash } from "node:crypto";
import { bytesOf } from "../../../protocol/text.js";

/** Characters of a folder's name. */
const LONGEST = 100;

/** The name of a user's folder, whatever he is called: no two have the same, and none leads elsewhere. */
export function folderOf(user: string): string {
  if (user === "") return "_";
  const escaped = (byte: number, i: number): string => {
    const character = String.fromCharCode(byte);
    const plain = i === 0 ? /[A-Za-z0-9]/ : /[A-Za-z0-9_.@-]/;
    return plain.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
  };
  const name = Array.from(bytesOf(user), escaped).join("");
  return name.length <= LONGEST ? name : `%${createHash("sha256").update(bytesOf(user)).digest("hex")}`;
}
