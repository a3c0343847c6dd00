/** The q expressions that a session may send as text. */

export { type Connection, Language } from "./eval/run.js";
export { apply, evaluate, type Host, LanguageSession } from "./eval/session.js";
export { CONSOLE, type DisplayOptions, display } from "./text/display.js";
export { valueText } from "./text/format.js";
export { DEFAULT_LIMITS, type Limits } from "./values/budget.js";
