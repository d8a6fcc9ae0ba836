// What a number as written is worth (reading/numbers/values.py): { kind, value }, as results have it in JSON.
// kind: "int", "decimal", "date", "time", or null where there is no value or more than one.

import { wholly } from "./writing.js";

const NONE = { kind: null, value: null };

// An integer of any length, a decimal "12.50", a date "1996-12-25", a time "10:30:00".
export function valueOf(written, settings) {
  const { forms, currency } = settings;
  const text = written.trim().replace(/[.,]$/, "");
  let match = text.match(wholly(forms.time));
  if (match) return timeOf(match);
  match = text.match(wholly(forms.date));
  if (match) return dateOf(match, settings);
  if (text.endsWith("%")) return hundredth(numberOf(text.slice(0, -1).trim(), forms));
  const sign = /^[+-]/.test(text) ? text[0] : "";
  return valued(numberOf(sign + stripped(text.slice(sign.length), `${currency} `), forms));
}

function stripped(text, signs) {
  let [start, end] = [0, text.length];
  while (start < end && signs.includes(text[start])) start += 1;
  while (end > start && signs.includes(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

// A number as { minus, digits, places }: how many digits are decimals, null for an integer.
function numberOf(text, forms) {
  let match = text.match(wholly(forms.no_cents));
  if (match) return withoutCents(match[1], match[2], forms);
  if (isInteger(text, forms)) return integer(text);
  match = text.match(wholly(forms.grouped_decimal));
  if (match) {
    const [, whole, group, sign, places] = match;
    return group === sign ? groupedOf(text, forms) : decimal(whole.replaceAll(group, ""), places);
  }
  match = text.match(wholly(forms.one_sign));
  if (match) return withOneSign(match[1], match[3]);
  return groupedOf(text, forms);
}

// `1,250.-` is a thousand: the sign before the dash is its decimal sign.
function withoutCents(whole, sign, forms) {
  if (isInteger(whole, forms)) return integer(whole);
  const match = whole.match(wholly(forms.grouped));
  return match && match[1] !== sign ? integer(whole.replaceAll(match[1], "")) : null;
}

// `1.250` is a thousand to one writer and a decimal to another.
function withOneSign(whole, places) {
  const digits = stripped(whole, "+-");
  const mayGroup = places.length === 3 && digits.length <= 3 && !["", "0"].includes(digits);
  return mayGroup ? null : decimal(whole, places);
}

function groupedOf(text, forms) {
  const match = text.match(wholly(forms.grouped));
  return match && integer(text.replaceAll(match[1], ""));
}

const unsigned = (text) => ({ minus: text.startsWith("-"), digits: text.replace(/^[+-]/, "") });
const integer = (text) => ({ ...unsigned(text.replaceAll(" ", "")), places: null });
const isInteger = (text, forms) => wholly(forms.integer).test(text) || wholly(forms.spaced).test(text);
const decimal = (whole, places) => ({ ...unsigned(whole + places), places: places.length });

function valued(number) {
  if (!number) return NONE;
  if (number.places !== null) return { kind: "decimal", value: decimalText(number) };
  const whole = BigInt(number.digits) * (number.minus ? -1n : 1n);
  const isSafe = whole >= Number.MIN_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER;
  return { kind: "int", value: isSafe ? Number(whole) : whole };
}

// A percentage is a hundredth, with no more decimals than it needs.
function hundredth(number) {
  if (!number) return NONE;
  const least = number.places ?? 0;
  let [digits, places] = [number.digits, least + 2];
  while (places > least && digits.endsWith("0")) {
    if (digits.length > 1) digits = digits.slice(0, -1);
    places -= 1;
  }
  return { kind: "decimal", value: decimalText({ ...number, digits, places }) };
}

// As Python formats a Decimal.
function decimalText({ minus, digits, places }) {
  const all = digits.replace(/^0+(?=\d)/, "");
  const sign = minus ? "-" : "";
  if (!places) return sign + all;
  const padded = all.padStart(places + 1, "0");
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

function timeOf([, hour, minute, second = "0"]) {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return NONE;
  const value = [hour, minute, second].map((unit) => unit.padStart(2, "0")).join(":");
  return { kind: "time", value };
}

// The one day that the three numbers can mean; `4.5.1996` is two days.
function dateOf([, first, , second, third], { last_of_century: last }) {
  const orders = [];
  if (first.length > 2) {
    if (third.length <= 2) orders.push([first, second, third]);
  } else {
    orders.push([third, second, first], [third, first, second]);
  }
  const days = new Set(orders.map((order) => dayOf(...order, last)).filter(Boolean));
  return days.size === 1 ? { kind: "date", value: [...days][0] } : NONE;
}

function dayOf(year, month, day, last) {
  const short = year.length === 2;
  if (!short && year.length !== 4) return null;
  const full = Number(year) + (short ? (Number(year) <= last ? 2000 : 1900) : 0);
  const date = new Date(0);
  date.setUTCFullYear(full, Number(month) - 1, Number(day));
  const exists = full >= 1 && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return exists ? date.toISOString().slice(0, 10) : null;
}
