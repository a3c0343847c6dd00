/** The q expressions that a session may send as text. */

export { Variables } from "./eval/names.js";
export { apply, evaluate } from "./eval/run.js";
export { type Externals, Workspace } from "./eval/workspace.js";
export { type Connection, Workspaces } from "./eval/workspaces.js";
export { CONSOLE, type DisplayOptions, display } from "./text/display.js";
export { valueText } from "./text/format.js";
export { type Sender, type ThreadLimits, Threads } from "./thread/threads.js";
export { DEFAULT_TEXT_LIMITS, type TextLimits } from "./values/budget.js";
