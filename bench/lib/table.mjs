// table: figures as text.

/** 12.3 ± 0.4, as digits allow. */
export function figure({ meanNs, highNs }) {
  const half = highNs - meanNs;
  return Number.isFinite(half) ? `${short(meanNs)} ±${short(half)}` : short(meanNs);
}

/** Three digits that count. */
export function short(value) {
  if (!Number.isFinite(value)) return "–";
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}

/** A ratio with its interval: × 1.28 [1.27 … 1.30].  @param {{ median: number, low: number, high: number }} ratio */
export function times({ median, low, high }) {
  return `× ${short(median)} [${short(low)} … ${short(high)}]`;
}

/** A power of two as 2^20, another number in full. */
export function power(value) {
  const bits = Math.log2(value);
  return Number.isInteger(bits) ? `2^${bits}` : value.toLocaleString("en");
}

export function density(value) {
  if (value === 0) return "empty";
  return value === 1 ? "full" : `1/${Math.round(1 / value)}`;
}

/** Rows of texts in columns: the first to the left, the others to the right.  @param {string[][]} rows */
export function print(rows, indent = "  ") {
  const widths = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  for (const row of rows)
    console.log(
      indent +
        row
          .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
          .join("  ")
          .trimEnd(),
    );
}

/** One line on stderr: what is being measured, and how far along. */
export function progress(done, total, what) {
  console.error(`  [${String(done).padStart(String(total).length)}/${total}] ${what}`);
}
