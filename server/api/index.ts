/** The k api's functions, gathered from the topics' files. One more function is a row in its topic's table. */
import type { ApiFunction } from "../calls/requests.js";
import type { Engine } from "../engine/index.js";
import { treeTopic } from "./args/trees.js";
import { tableOfContents } from "./contents.js";
import { helpTopic } from "./help.js";
import { operatorTopic } from "./math/operators.js";
import { childrenTopic } from "./modules/children.js";
import { forwardTopic } from "./modules/forward.js";
import { freezeTopic } from "./modules/freeze.js";
import { initTopic } from "./modules/init.js";
import { moduleTopic } from "./modules/modules.js";
import { optionTopic } from "./options.js";
import { pointerTopic } from "./pointers.js";
import { stateTopic } from "./state.js";
import { collectionTopic } from "./tensors/collections.js";
import { convertTopic } from "./tensors/convert.js";
import { copyTopic } from "./tensors/copies.js";
import { detailTopic } from "./tensors/details.js";
import { gradientTopic } from "./tensors/gradient.js";
import { infoTopic } from "./tensors/info.js";
import { tensorTopic } from "./tensors/tensors.js";
import { lossTopic } from "./training/losses.js";
import { modelTopic } from "./training/models.js";
import { optimizerTopic } from "./training/optimizers.js";
import { trainingTopic } from "./training/steps.js";

/** What every k api function works with; made once for the process. */
export interface Api {
  readonly engine: Engine;
  readonly settings: Settings;
}

/** Process-wide settings that functions of the k api change (config page). */
export interface Settings {
  /** Data type of new tensors that name none: float or double (`dtype`). */
  defaultDtype: string;
  /** Whether complex k values have real and imaginary parts on the first dimension (setting complexfirst). */
  complexFirst: boolean;
  /** Whether definitions are printed with all options or only those not at their default (setting alloptions). */
  allOptions: boolean;
}

export const defaultSettings = (): Settings => ({
  defaultDtype: "float",
  complexFirst: true,
  allOptions: true,
});

/** A topic's file exports one of these: it binds its rows to the engine. */
export type Topic = (api: Api) => readonly ApiFunction[];

const TOPICS: readonly Topic[] = [
  tensorTopic,
  convertTopic,
  optionTopic,
  infoTopic,
  detailTopic,
  copyTopic,
  gradientTopic,
  collectionTopic,
  pointerTopic,
  freezeTopic,
  operatorTopic,
  initTopic,
  treeTopic,
  moduleTopic,
  childrenTopic,
  stateTopic,
  forwardTopic,
  lossTopic,
  optimizerTopic,
  modelTopic,
  trainingTopic,
  helpTopic,
];

export function apiFunctions(api: Api): ReadonlyMap<string, ApiFunction> {
  const table = new Map<string, ApiFunction>();
  for (const topic of TOPICS) {
    for (const row of topic(api)) {
      if (table.has(row.name)) throw new Error(`k api: ${row.name} stands in two topics`);
      table.set(row.name, row);
    }
  }
  const contents = tableOfContents(table);
  table.set(contents.name, contents);
  return table;
}
