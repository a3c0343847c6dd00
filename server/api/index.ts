/** The k api's functions, gathered from the topics' files. One more function is a row in its topic's table. */

import type { Door, Engine } from "../engine/index.js";
import { treeTopic } from "./args/trees.js";
import { type ApiFunction, defaultSettings, type Settings, type Topic } from "./call.js";
import { configTopic } from "./config.js";
import { tableOfContents } from "./contents.js";
import { deviceTopic } from "./devices.js";
import { helpTopic } from "./help.js";
import { mathTopic } from "./math/index.js";
import { callbackTopic } from "./modules/callbacks.js";
import { childrenTopic } from "./modules/children.js";
import { distributionTopic } from "./modules/distributions.js";
import { forwardTopic } from "./modules/forward.js";
import { freezeTopic } from "./modules/freeze.js";
import { functionalTopic } from "./modules/functional.js";
import { initTopic } from "./modules/init.js";
import { moduleTopic } from "./modules/modules.js";
import { pointerTopic } from "./pointers.js";
import { batchingTopic } from "./shapes/batching.js";
import { joiningTopic } from "./shapes/joining.js";
import { partTopic } from "./shapes/parts.js";
import { viewTopic } from "./shapes/views.js";
import { stateTopic } from "./state.js";
import { amendTopic } from "./tensors/amend.js";
import { collectionTopic } from "./tensors/collections.js";
import { complexTopic } from "./tensors/complex.js";
import { convertTopic } from "./tensors/convert.js";
import { copyTopic } from "./tensors/copies.js";
import { detailTopic } from "./tensors/details.js";
import { gradientTopic } from "./tensors/gradient.js";
import { imageTopic } from "./tensors/images.js";
import { infoTopic } from "./tensors/info.js";
import { sparseTopic } from "./tensors/sparse.js";
import { tensorTopic } from "./tensors/tensors.js";
import { windowTopic } from "./tensors/windows.js";
import { averagesTopic } from "./training/averages.js";
import { batchTopic } from "./training/batches.js";
import { clipTopic } from "./training/clip.js";
import { dataTopic } from "./training/data.js";
import { fitTopic } from "./training/fit.js";
import { lossTopic } from "./training/losses.js";
import { modelTopic } from "./training/models.js";
import { optimizerTopic } from "./training/optimizers.js";
import { runTopic } from "./training/runs.js";
import { trainingTopic } from "./training/steps.js";
import { warningTopic } from "./warnings.js";

const TOPICS: readonly Topic[] = [
  tensorTopic,
  convertTopic,
  configTopic,
  deviceTopic,
  infoTopic,
  detailTopic,
  copyTopic,
  amendTopic,
  imageTopic,
  gradientTopic,
  collectionTopic,
  pointerTopic,
  freezeTopic,
  mathTopic,
  windowTopic,
  complexTopic,
  sparseTopic,
  partTopic,
  viewTopic,
  joiningTopic,
  batchingTopic,
  initTopic,
  distributionTopic,
  treeTopic,
  moduleTopic,
  callbackTopic,
  childrenTopic,
  stateTopic,
  forwardTopic,
  functionalTopic,
  lossTopic,
  optimizerTopic,
  modelTopic,
  trainingTopic,
  averagesTopic,
  dataTopic,
  batchTopic,
  clipTopic,
  runTopic,
  fitTopic,
  warningTopic,
];

/** The k api over native code. */
export interface Api {
  readonly functions: ReadonlyMap<string, ApiFunction>;
  readonly settings: Settings;
  /** The verbs of a user. */
  bind(user: number): Engine;
}

function byName(topics: Topic): ReadonlyMap<string, ApiFunction> {
  const table = new Map<string, ApiFunction>();
  for (const row of topics) {
    if (table.has(row.name)) throw new Error(`k api: ${row.name} stands in two topics`);
    table.set(row.name, row);
  }
  return table;
}

/** @param more rows besides: one that has the name of another stands for it */
function tableWith(more: Topic): ReadonlyMap<string, ApiFunction> {
  const own = new Set(more.map(({ name }) => name));
  const all: Topic = [
    ...TOPICS.flat().filter(({ name }) => !own.has(name)),
    ...more,
    ...helpTopic(() => all),
    ...tableOfContents(() => all),
  ];
  return byName(all);
}

/** Those that every server has. */
export const FUNCTIONS = tableWith([]);

/**
 * @param dataFolder where sessions may write files
 * @param more functions of what goes on beside the calls
 */
export const apiOver = (door: Door, dataFolder?: string, more: Topic = []): Api => ({
  functions: more.length === 0 ? FUNCTIONS : tableWith(more),
  settings: { ...defaultSettings(), dataFolder },
  bind: (user) => door.bind(user),
});
