// Figures and endings in words.

export const number = (value) => value.toLocaleString("en-US");
export const few = (value, digits) => Number(value.toFixed(digits)).toString();

// As the terminal has it: tenths of a millisecond, and seconds from one on.
export function span(us) {
  if (us === null || us === undefined) return "–";
  if (us < 0) return "−" + span(-us);
  if (us < 999950) return (us / 1000).toFixed(1) + " ms";
  if (us < 60e6) return few(us / 1e6, 3) + " s";
  const seconds = Math.round(us / 1e6);
  const parts = [[3600, "h"], [60, "m"], [1, "s"]];
  let rest = seconds;
  return parts.map(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count ? count + unit : "";
  }).join("");
}
export const signed = (us) => (us === null ? "–" : us > 0 ? "+" + span(us) : span(us));
const two = (value) => String(value).padStart(2, "0");

export function clock(us, digits = 0) {
  if (us === null || us === undefined) return "–";
  if (us < 0) return "−" + clock(-us, digits);
  const unit = 10 ** (6 - digits);
  const whole = Math.floor(us / unit) * unit;
  const seconds = Math.floor(whole / 1e6);
  const text = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map(two).join(":");
  return digits ? text + "." + String(Math.round((whole % 1e6) / unit)).padStart(digits, "0")
    : text;
}
// A fraction only where there is one.
export const planned = (us) => (us === null ? "–" : clock(us, us % 1e6 < 1e5 ? 0 : 1));

export const ENDINGS = ["sent", "missed", "failed", "in_doubt", "skipped"];
export const LOST = new Set(["missed", "failed", "in_doubt"]);
const WORDS = { in_doubt: "in doubt" };
export const word = (ending) => WORDS[ending] ?? ending;
