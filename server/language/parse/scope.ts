/** The names in what was parsed: where an assignment goes, what a column is called, a lambda's parameters and locals. */
import type { Node } from "./nodes.js";
import type { Token } from "./tokens.js";

/** Where an assignment may go: a name, or a name with brackets behind it. */
export function assignable(node: Node): { name: string; index: readonly (Node | null)[] } | null {
  if (node.kind === "name") return { name: node.name, index: [] };
  if (node.kind !== "apply") return null;
  if (node.target.kind === "name") return { name: node.target.name, index: node.args };
  const inner = assignable(node.target);
  return inner === null ? null : { name: inner.name, index: [...inner.index, ...node.args] };
}

/** The name of a column that has none of its own: the last one in its expression; the row's number `i` names nothing. */
export const lastName = (node: Node): string => nameIn(node) ?? "x";

function nameIn(node: Node | null | undefined): string | undefined {
  switch (node?.kind) {
    case "name":
      return node.name === "i" ? undefined : node.name.slice(node.name.lastIndexOf(".") + 1);
    case "juxtapose":
      return nameIn(node.arg) ?? nameIn(node.target);
    case "dyadic":
      return nameIn(node.right) ?? nameIn(node.left);
    case "apply":
      return node.args
        .toReversed()
        .map(nameIn)
        .find((name) => name !== undefined);
    default:
      return undefined;
  }
}

/** x, y and z as far as the body names them; names inside inner lambdas are theirs. */
export function implicitParameters(tokens: readonly Token[]): string[] {
  let depth = 0;
  let highest = 1;
  for (const token of tokens) {
    if (token.text === "{" && token.kind === "open") depth++;
    else if (token.text === "}" && token.kind === "close") depth--;
    else if (depth === 0 && token.kind === "name") {
      const place = ["x", "y", "z"].indexOf(token.text.split(".")[0]!);
      highest = Math.max(highest, place + 1);
    }
  }
  return ["x", "y", "z"].slice(0, highest);
}

/** Names that the statements assign with `:`; inner lambdas have their own. */
export function localNames(statements: readonly (Node | null)[]): Set<string> {
  const names = new Set<string>();
  const visit = (node: Node | null): void => {
    if (node === null || node.kind === "lambda") return;
    if (node.kind === "assign" && !node.global && !node.name.includes(".")) names.add(node.name);
    for (const child of children(node)) visit(child);
  };
  for (const node of statements) visit(node);
  return names;
}

export function children(node: Node): readonly (Node | null)[] {
  switch (node.kind) {
    case "list":
    case "block":
      return node.items;
    case "table":
      return [...(node.keys ?? []), ...node.columns].map((column) => column.value);
    case "dict":
      return node.entries.map((column) => column.value);
    case "apply":
      return [node.target, ...node.args];
    case "juxtapose":
      return [node.target, node.arg];
    case "dyadic":
      return [node.verb, node.left, node.right];
    case "compose":
      return [node.outer, node.inner];
    case "derive":
      return [node.target];
    case "assign":
      return [...node.index, node.value];
    case "control":
      return node.args;
    case "return":
    case "signal":
      return [node.value];
    case "query":
      return [
        ...[...node.columns, ...(node.by ?? [])].map((column) => column.value),
        node.from,
        ...node.where,
        node.limit,
        node.order?.by ?? null,
      ];
    default:
      return [];
  }
}

/** Every name that nodes mention, inner lambdas' own left out. */
export function namesIn(nodes: readonly (Node | null)[]): Set<string> {
  const names = new Set<string>();
  const visit = (node: Node | null): void => {
    if (node === null || node.kind === "lambda") return;
    if (node.kind === "name") names.add(node.name.split(".")[0]!);
    if (node.kind === "assign") names.add(node.name);
    for (const child of children(node)) visit(child);
  };
  for (const node of nodes) visit(node);
  return names;
}
