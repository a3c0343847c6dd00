/** The options of a tensor that names none (`options()`, `` help`tensor ``). */

import * as k from "../../../protocol/make.js";
import { Dict } from "../../../protocol/values.js";
import type { Settings } from "../call.js";

export const KEYS = ["device", "dtype", "layout", "gradient", "pin", "memory"] as const;
const DEFAULTS = {
  device: "cpu",
  layout: "strided",
  gradient: "nograd",
  pin: "unpinned",
  memory: "contiguous",
};

export const tensorDefaults = (settings: Settings): Dict =>
  new Dict(
    k.symbols(KEYS),
    k.symbols(KEYS.map((key) => (key === "dtype" ? settings.defaultDtype : DEFAULTS[key]))),
  );
