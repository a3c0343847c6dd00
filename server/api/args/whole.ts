/** A whole tensor as an answer: a k value, or a parcel where it is large and the call takes parcels. */
import type { Handle, Soon } from "../../engine/index.js";
import { PARCEL_ELEMENTS, Parcel } from "../../engine/parcel.js";
import type { Answer, Call } from "../call.js";
import { after, answer } from "./read.js";

export function wholeTensor(call: Call, handle: Handle, complexFirst: boolean): Soon<Answer> {
  const { engine } = call;
  const elements = call.takesParcels ? engine.attribute(handle, "numel") : 0n;
  if (((elements as bigint | undefined) ?? 0n) < PARCEL_ELEMENTS)
    return after(engine.retrieve(handle, complexFirst), answer);
  return Parcel.open(engine, handle, complexFirst).then((parcel) => {
    call.keepTurn(parcel.filled);
    return parcel;
  });
}
