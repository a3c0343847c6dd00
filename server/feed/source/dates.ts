/** Dates in names of logs. */
import { EPOCH_MILLIS, MILLIS_A_DAY } from "../../../protocol/types.js";

/** The last date in a name. */
const DATE = /(\d{4})\.(\d\d)\.(\d\d)(?!.*\d{4}\.\d\d\.\d\d)/s;

/** Whether days since 2000.01.01 are a date that a log can have, up to the year 2273. */
export const isDate = (days: number): boolean => days > 0 && days < 100_000;

/** q's text of a date, which is in days since 2000.01.01. */
export const dateText = (date: number): string =>
  new Date(EPOCH_MILLIS + date * MILLIS_A_DAY).toISOString().slice(0, 10).replaceAll("-", ".");

/** The date in a log's name, 0 where there is none. */
export function dateIn(name: string): number {
  const [, year, month, day] = DATE.exec(name) ?? [];
  const days = (Date.UTC(Number(year), Number(month) - 1, Number(day)) - EPOCH_MILLIS) / MILLIS_A_DAY;
  return isDate(days) && name.includes(dateText(days)) ? days : 0;
}

/** The name that a log has on another date, undefined where the name has no date. */
export function onDate(name: string, date: number): string | undefined {
  return dateIn(name) === 0 ? undefined : name.replace(DATE, dateText(date));
}
