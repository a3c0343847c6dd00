/** The q expressions that a session may send as text. */
export { DEFAULT_LIMITS, type Limits } from "./budget.js";
export { CONSOLE, type DisplayOptions, display } from "./display.js";
export { valueText } from "./format.js";
export { type Connection, Language } from "./server.js";
export { apply, evaluate, type Host, LanguageSession } from "./session.js";
